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
}

if (document.readyState === "complete") reachable();
else addEventListener("load", reachable);
