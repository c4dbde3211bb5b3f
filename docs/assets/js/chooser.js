// Asks one question of the chart at a time. Without this script the whole chart is there.
function choose(root) {
  const questions = [...root.querySelectorAll(".tandem-question")];
  const bar = document.createElement("div");
  bar.className = "tandem-chooser-bar";
  const chosen = new Map();
  let whole = false;

  const button = (text, act) => {
    const made = document.createElement("button");
    made.type = "button";
    made.textContent = text;
    made.addEventListener("click", act);
    return made;
  };

  const show = () => {
    const path = new Set();
    let at = questions[0];
    while (at) {
      path.add(at);
      at = document.getElementById(`choose-${chosen.get(at)?.dataset.next}`);
    }
    for (const question of questions) {
      const way = chosen.get(question);
      question.hidden = !whole && !path.has(question);
      for (const other of question.querySelectorAll(".tandem-way")) {
        other.querySelector(".tandem-out").hidden = !whole && other !== way;
        other.querySelector(".tandem-says button").setAttribute("aria-pressed", String(!whole && other === way));
      }
    }
    again.hidden = whole || !chosen.size;
    all.textContent = whole ? "Ask me one question at a time" : "Show the whole chart";
    const told = [...path].filter((question) => chosen.has(question)).map((question) => {
      const ways = [...question.querySelectorAll(".tandem-way")];
      return [question.dataset.question, ways.indexOf(chosen.get(question)) + 1];
    });
    const state = new URLSearchParams(told).toString();
    if (state || location.hash.startsWith("#?")) history.replaceState(null, "", state ? `#?${state}` : location.pathname);
  };

  const again = button("Start again", () => {
    chosen.clear();
    show();
    questions[0].querySelector("button").focus();
  });
  const all = button("", () => {
    whole = !whole;
    show();
  });
  bar.append(again, all);
  root.prepend(bar);

  const wanted = new URLSearchParams(location.hash.startsWith("#?") ? location.hash.slice(2) : "");
  for (const question of questions) {
    const ways = [...question.querySelectorAll(".tandem-way")];
    const given = ways[Number(wanted.get(question.dataset.question)) - 1];
    if (given) chosen.set(question, given);
    for (const way of ways) {
      const says = way.querySelector(".tandem-says");
      const made = button(says.textContent, () => {
        whole = false;
        chosen.set(question, way);
        for (const later of questions.slice(questions.indexOf(question) + 1)) chosen.delete(later);
        show();
        const next = document.getElementById(`choose-${way.dataset.next}`);
        (next || way).scrollIntoView({ block: "nearest" });
      });
      says.replaceChildren(made);
    }
  }
  whole = location.hash.startsWith("#choose-");
  show();
}

function chooseAll() {
  document.querySelectorAll("[data-tandem-chooser]").forEach(choose);
}

if (document.readyState === "complete") chooseAll();
else addEventListener("load", chooseAll);
