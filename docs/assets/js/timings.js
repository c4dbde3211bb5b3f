// Filters and order on the timings page. Without this script all rows are there, race by race.
function sift(root) {
  const form = root.querySelector(".tandem-filters");
  const told = form.querySelector("output");
  const rows = [...root.querySelectorAll(".tandem-ratio[data-ratio]")];
  rows.forEach((row, place) => (row.dataset.place = place));

  const names = [...form.elements].filter((one) => one.tagName === "SELECT").map((one) => one.name);
  const wanted = new URLSearchParams(location.hash.replace(/^#\?/, "#").slice(1));
  for (const name of names) if (wanted.get(name)) form.elements[name].value = wanted.get(name);

  const apply = () => {
    const choice = Object.fromEntries(names.map((name) => [name, form.elements[name].value]));
    const kept = rows.filter((row) => {
      const race = row.closest(".tandem-race").dataset.race;
      return names.every((name) => name === "order" || !choice[name] || (name === "race" ? race : row.dataset[name]) === choice[name]);
    });
    const seen = new Set(kept);
    const by = (row) => (choice.order === "ratio" ? Number(row.dataset.ratio) : Number(row.dataset.place));
    for (const race of root.querySelectorAll(".tandem-race")) {
      const own = rows.filter((row) => race.contains(row)).sort((a, b) => by(a) - by(b));
      for (const row of own) {
        row.hidden = !seen.has(row);
        race.append(row);
      }
      race.hidden = !own.some((row) => !row.hidden);
    }
    const faster = (key) => kept.filter((row) => row.dataset.faster === key && row.dataset.counts === "true").length;
    told.textContent = `${kept.length} of ${rows.length} comparisons shown. Of those that are fair and current, PyTorch took less time in ${faster("pytorch")}, TensorFlow in ${faster("tensorflow")}, and neither for sure in ${faster("")}.`;
    const state = new URLSearchParams(Object.entries(choice).filter(([, value]) => value)).toString();
    if (state || location.hash.startsWith("#?")) history.replaceState(null, "", state ? `#?${state}` : location.pathname);
  };

  form.hidden = false;
  form.addEventListener("change", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  apply();
}

function siftAll() {
  document.querySelectorAll("[data-tandem-timings]:has(.tandem-filters)").forEach(sift);
}

if (document.readyState === "complete") siftAll();
else addEventListener("load", siftAll);
