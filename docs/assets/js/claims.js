// Filters on the page of claims. Without this script all of them are there, area by area.
function siftClaims(form) {
  const told = form.querySelector("output");
  const claims = [...document.querySelectorAll("[data-tandem-claims] .tandem-claim")];
  const names = ["verdict", "area", "words"];

  const apply = () => {
    const choice = Object.fromEntries(names.map((name) => [name, form.elements[name].value.trim().toLowerCase()]));
    let kept = 0;
    for (const claim of claims) {
      claim.hidden = !(
        (!choice.verdict || claim.dataset.verdict === choice.verdict) &&
        (!choice.area || claim.dataset.area === choice.area) &&
        choice.words.split(/\s+/).every((word) => claim.textContent.toLowerCase().includes(word))
      );
      kept += !claim.hidden;
    }
    for (const group of document.querySelectorAll("[data-tandem-claims]")) {
      group.hidden = ![...group.querySelectorAll(".tandem-claim")].some((claim) => !claim.hidden);
      group.previousElementSibling.hidden = group.hidden;
    }
    told.textContent = `${kept} of ${claims.length} claims shown.`;
    const state = new URLSearchParams(Object.entries(choice).filter(([, value]) => value)).toString();
    if (state || location.hash.startsWith("#?")) history.replaceState(null, "", state ? `#?${state}` : location.pathname);
  };

  const follow = () => {
    const wanted = new URLSearchParams(location.hash.startsWith("#?") ? location.hash.slice(2) : "");
    for (const name of names) form.elements[name].value = wanted.get(name) || "";
    apply();
    if (location.hash.startsWith("#claim-")) document.getElementById(location.hash.slice(1))?.scrollIntoView();
  };

  form.hidden = false;
  form.addEventListener("input", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  addEventListener("hashchange", follow);
  follow();
}

function siftAllClaims() {
  if (document.querySelector("[data-tandem-claims]")) document.querySelectorAll("form[data-claims]").forEach(siftClaims);
}

if (document.readyState === "complete") siftAllClaims();
else addEventListener("load", siftAllClaims);
