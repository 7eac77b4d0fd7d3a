"use strict";
// Draws every figure with Observable Plot, as wide as its place is, and anew when that changes.
{
  const figures = JSON.parse(document.getElementById("figures").textContent);
  const NARROW = 480;
  const plot = (panel, width) =>
    Plot.plot({
      ...panel.options,
      ...(width < NARROW ? panel.narrow : {}),
      width,
      marks: panel.marks.map(([mark, rows, options]) => (rows === null ? Plot[mark](options) : Plot[mark](rows, options))),
    });
  const draw = (place) => {
    const { figure, panel } = place.dataset;
    const drawn = plot(figures[figure][panel], place.clientWidth);
    drawn.setAttribute("role", "img");
    drawn.setAttribute("aria-labelledby", `${figure}-alt`);
    place.replaceChildren(drawn);
  };
  const widths = new WeakMap();
  const resized = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      if (widths.get(target) !== target.clientWidth) {
        widths.set(target, target.clientWidth);
        draw(target);
      }
    }
  });
  for (const place of document.querySelectorAll(".panel")) resized.observe(place);
}
