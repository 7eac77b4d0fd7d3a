"use strict";
// Draws every figure with Observable Plot, as wide as its place is and anew when that changes, and saves it as a file.
(async () => {
  const packed = Uint8Array.from(atob(document.getElementById("figures").textContent), (sign) => sign.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  const { figures, look, told } = await new Response(stream).json();
  const NARROW = 480;
  const FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, sans-serif';

  // Rows come as columns.
  const rowsOf = (columns) => {
    if (columns === null || Array.isArray(columns)) return columns;
    const entries = Object.entries(columns);
    return Array.from({ length: entries[0]?.[1].length ?? 0 }, (_, row) => Object.fromEntries(entries.map(([name, all]) => [name, all[row]])));
  };
  for (const { panels } of Object.values(figures)) {
    for (const panel of panels) panel.marks = panel.marks.map(([mark, columns, own]) => [mark, rowsOf(columns), own]);
  }

  const plot = (panel, width, fontFamily = FONT) => {
    const options = { ...panel.options, ...(width < NARROW ? panel.narrow : {}) };
    const style = { fontFamily, fontSize: "13px", overflow: "visible", ...options.style };
    const marks = panel.marks.map(([mark, rows, own]) => (rows === null ? Plot[mark](own) : Plot[mark](rows, own)));
    return Plot.plot({ ...options, style, width, marks });
  };

  // Shapes of models, as Plot draws them.
  const symbol = (name) => (name === "hexagon" ? HEXAGON : d3[`symbol${name[0].toUpperCase()}${name.slice(1)}`]);
  const HEXAGON = {
    draw(context, size) {
      const radius = Math.sqrt((2 * size) / (3 * Math.sqrt(3)));
      for (let corner = 0; corner < 6; ++corner) {
        const at = [radius * Math.sin((corner * Math.PI) / 3), -radius * Math.cos((corner * Math.PI) / 3)];
        corner ? context.lineTo(...at) : context.moveTo(...at);
      }
      context.closePath();
    },
  };
  const shape = (svg, model) => {
    const place = look.color.domain.indexOf(model);
    return svg.append("path").attr("d", d3.symbol(symbol(look.symbol.range[place]), 90)()).attr("fill", look.color.range[place]);
  };
  for (const mark of document.querySelectorAll(".shape")) shape(d3.select(mark), mark.dataset.model);

  const draw = (place, width) => {
    const { figure, panel } = place.dataset;
    const drawn = plot(figures[figure].panels[panel], width);
    drawn.setAttribute("aria-hidden", "true"); // the words of the figure stand for it
    place.replaceChildren(drawn);
    performance.mark(`drawn ${figure}`);
  };
  const widths = new WeakMap();
  const resized = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      const width = target.clientWidth; // none where it is folded
      if (width && widths.get(target) !== width) {
        widths.set(target, width);
        draw(target, width);
      }
    }
  });
  const places = document.querySelectorAll(".panel");
  for (const place of places) resized.observe(place);
  addEventListener("beforeprint", () => {
    for (const place of places) if (!place.firstChild) draw(place, 640);
  });

  // A figure as one file that needs nothing else: all panels with title and legend on white, in the colours of paper.
  const WIDTH = 960, MARGIN = 24, GAP = 24;
  const PLAIN = 'Helvetica, Arial, "Liberation Sans", sans-serif';
  const ruler = document.createElement("canvas").getContext("2d");
  const width = (text, size, weight = 400) => {
    ruler.font = `${weight} ${size}px ${PLAIN}`;
    return ruler.measureText(text).width;
  };
  const svg = (key) => {
    const figure = figures[key];
    const fit = Math.max(1, Math.floor((WIDTH + GAP) / (figure.least + GAP)));
    const columns = Math.min(fit, figure.panels.length);
    const each = Math.min((WIDTH - (columns - 1) * GAP) / columns, figure.most, 720);
    const whole = columns * (each + GAP) - GAP;
    const paper = d3.select(document.body).append("div").attr("class", "paper");
    const root = paper.append("svg").attr("xmlns", "http://www.w3.org/2000/svg").attr("role", "img");
    root.append("title").text(figure.title);
    root.append("desc").text(figure.alt);
    root.append("rect").attr("width", "100%").attr("height", "100%").attr("fill", "var(--paper)");
    let y = MARGIN;
    const line = (text, size, weight, fill) => {
      y += size * 1.3;
      root.append("text").attr("x", MARGIN).attr("y", y - size * 0.3).attr("font-size", size).attr("font-weight", weight).attr("fill", fill).text(text);
    };
    const lines = (text, size, weight, fill) => {
      let row = "";
      for (const word of text.split(" ")) {
        const longer = row ? `${row} ${word}` : word;
        if (row && width(longer, size, weight) > whole) {
          line(row, size, weight, fill);
          row = word;
        } else row = longer;
      }
      line(row, size, weight, fill);
    };
    lines(figure.title, 20, 600, "var(--ink)");
    lines(told, 13, 400, "var(--accent)");
    y += 10;
    if (figure.models.length > 1) {
      let x = MARGIN;
      y += 16;
      for (const model of figure.models) {
        const wide = 20 + width(model, 13) + 18;
        if (x > MARGIN && x + wide > MARGIN + whole) {
          x = MARGIN;
          y += 20;
        }
        shape(root.append("g").attr("transform", `translate(${x + 7},${y - 5})`), model);
        root.append("text").attr("x", x + 20).attr("y", y).attr("font-size", 13).attr("fill", "var(--ink)").text(model);
        x += wide;
      }
      y += 14;
    }
    const rows = [...d3.group(figure.panels, (panel) => panel.group)].flatMap(([group, panels]) =>
      d3.range(0, panels.length, columns).map((first) => [first ? "" : group, panels.slice(first, first + columns)]),
    );
    for (const [group, row] of rows) {
      if (group) lines(group, 16, 600, "var(--ink)");
      const titled = row.some((panel) => panel.title) ? 22 : 0;
      let height = 0;
      row.forEach((panel, column) => {
        const x = MARGIN + column * (each + GAP);
        const size = Math.min(14, (14 * each) / width(panel.title, 14, 600));
        if (panel.title) root.append("text").attr("x", x).attr("y", y + 14).attr("font-size", size).attr("font-weight", 600).attr("fill", "var(--ink)").text(panel.title);
        const drawn = plot(panel, each, PLAIN);
        let top = y + titled;
        for (const part of drawn.matches("svg") ? [drawn] : drawn.querySelectorAll(":scope > svg")) {
          part.setAttribute("x", x);
          part.setAttribute("y", top);
          part.setAttribute("font-family", PLAIN);
          part.setAttribute("font-size", 13);
          root.append(() => part);
          top += Number(part.getAttribute("height"));
        }
        height = Math.max(height, top - y);
      });
      y += height + GAP;
    }
    const size = [whole + 2 * MARGIN, Math.ceil(y + MARGIN - GAP)];
    root.attr("width", size[0]).attr("height", size[1]).attr("viewBox", `0 0 ${size.join(" ")}`).attr("font-family", PLAIN);
    root.selectAll("style").remove();
    root.selectAll("[aria-label]").attr("aria-label", null);
    const colours = getComputedStyle(paper.node());
    const plain = (text) => text.replace(/var\((--[\w-]+)\)/g, (_, name) => colours.getPropertyValue(name).trim() || "none").replaceAll("currentColor", colours.color);
    for (const element of root.node().querySelectorAll("*")) {
      for (const attribute of element.attributes) attribute.value = plain(attribute.value);
    }
    paper.remove();
    return new XMLSerializer().serializeToString(root.node());
  };
  const png = async (key, scale = 2) => {
    const image = new Image();
    image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg(key))}`;
    await image.decode();
    const canvas = document.createElement("canvas");
    canvas.width = scale * image.width;
    canvas.height = scale * image.height;
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    return new Promise((done) => canvas.toBlob(done, "image/png"));
  };
  globalThis.hvae = { keys: Object.keys(figures), svg, png };

  const save = async ({ target }) => {
    const { figure, save: form } = target.closest("button").dataset;
    const content = form === "svg" ? new Blob([svg(figure)], { type: "image/svg+xml" }) : await png(figure);
    const link = document.createElement("a");
    link.href = URL.createObjectURL(content);
    link.download = `${figure}.${form}`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  };
  for (const button of document.querySelectorAll("button[data-save]")) {
    button.hidden = false;
    button.addEventListener("click", save);
  }
})();
