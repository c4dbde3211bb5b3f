// What the theme leaves out for people who come by keyboard or screen reader. The pages read and work without it.
function reachable() {
  document.querySelector(".md-search[role=dialog]")?.setAttribute("aria-label", "Search");

  // A table wider than the page scrolls: let the keyboard scroll it too.
  const watch = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      if (target.scrollWidth > target.clientWidth) {
        target.tabIndex = 0;
        target.setAttribute("role", "region");
        target.setAttribute("aria-label", "Table");
      } else {
        target.removeAttribute("tabindex");
        target.removeAttribute("role");
        target.removeAttribute("aria-label");
      }
    }
  });
  document.querySelectorAll(".md-typeset__scrollwrap, .tandem-agreement").forEach((wrap) => watch.observe(wrap));

  // What moves by itself can be stopped; beside each animation lies its first frame.
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  for (const paragraph of new Set([...document.querySelectorAll(".tandem-moving")].map((image) => image.parentElement))) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "tandem-motion";
    const show = (stopped) => {
      for (const image of paragraph.querySelectorAll(".tandem-moving")) {
        const wanted = image.src.replace(/(\.still)?\.svg/, stopped ? ".still.svg" : ".svg");
        if (image.src !== wanted) image.src = wanted;
      }
      label(stopped);
    };
    const label = (stopped) => {
      button.textContent = stopped ? "Play" : "Stop";
      button.ariaLabel = `${button.textContent} the animation`;
    };
    button.addEventListener("click", () => show(button.textContent === "Stop"));
    show(calm); // Chromium tells no image what the reader prefers
    paragraph.append(button);
  }
}

if (document.readyState === "complete") reachable();
else addEventListener("load", reachable);
