// Puts curves that can be read and hidden in place of a figure's picture. Without
// scripts, and on paper, the picture stays. Texts enter as text, never as HTML.
"use strict";
(() => {
  const MOST = 8; // rows of a readout; with more arms, those nearest to the pointer
  // Pixels: a panel alone in its figure is wide, and becomes higher.
  const tall = (width) => Math.round(Math.max(210, Math.min(340, 0.5 * width)));
  const number = new Intl.NumberFormat("en", { maximumSignificantDigits: 4 });
  const ink = (name) => getComputedStyle(document.body).getPropertyValue(name).trim();
  // The palette's black would not show on a dark page.
  const shade = (color) => (color === "#000000" ? ink("--ink") : color);
  const make = (tag, name, text = "") => {
    const element = document.createElement(tag);
    element.className = name;
    element.textContent = text;
    return element;
  };
  const short = (value) => {
    const [size, letter] = value >= 1e6 ? [1e6, "M"] : value >= 1e3 ? [1e3, "K"] : [1, ""];
    return number.format(value / size) + letter;
  };

  function series(panel, arms) {
    const made = [{}];
    const bands = [];
    for (const line of panel.lines) {
      const { color, dash } = { ...arms[line.arm], ...line };
      const stroke = () => shade(color);
      const points = { show: line.x.length === 1 };
      made.push({ stroke, dash, width: 1.6, spanGaps: true, points });
      if (!line.low) continue;
      const edge = { spanGaps: true, points: { show: false } };
      made.push({ ...edge }, { ...edge });
      const fill = () => (color === "#000000" ? ink("--ink") : color) + "2b";
      bands.push({ series: [made.length - 1, made.length - 2], fill });
    }
    return { series: made, bands };
  }

  function table(panel) {
    const parts = (l) => (l.low ? [l.x, l.y, l.low, l.high] : [l.x, l.y]);
    return uPlot.join(panel.lines.map(parts));
  }

  // Where each line's values stand in the panel's table.
  function places(panel) {
    let next = 1;
    return panel.lines.map((line) => {
      const place = next;
      next += line.low ? 3 : 1;
      return place;
    });
  }

  function options(panel, arms, box, hooks) {
    const stroke = () => ink("--soft");
    const grid = { stroke: () => ink("--line"), width: 1 };
    const font = "12px system-ui, sans-serif";
    const axis = { stroke, grid, ticks: grid, font };
    const say = (_, values) => values.map((v) => (v === null ? "" : short(v)));
    const log = (_, values) => values.map((v) => (v === null ? "" : String(+v.toPrecision(3))));
    const range = panel.limits ?? undefined;
    return {
      width: box.clientWidth,
      height: tall(box.clientWidth),
      legend: { show: false },
      cursor: { hover: { skip: [null] }, y: false, drag: { x: false, y: false } },
      scales: {
        x: { time: false, range: [0, panel.steps] },
        y: { distr: panel.log ? 3 : 1, range },
      },
      axes: [
        { ...axis, values: say, space: 60, size: 34 },
        { ...axis, size: 52, values: panel.log ? log : undefined },
      ],
      hooks,
      ...series(panel, arms),
    };
  }

  function readings(plot, panel, at) {
    const found = [];
    panel.lines.forEach((line, index) => {
      const place = at[index];
      const row = plot.cursor.idxs[place];
      if (row == null || !plot.series[place].show) return;
      const [value, low, high] = [0, 1, 2].map((k) => plot.data[place + k]?.[row]);
      const away = Math.abs(plot.valToPos(value, "y") - plot.cursor.top);
      found.push({ arm: line.arm, steps: plot.data[0][row], value, low, high, away, line });
    });
    found.sort((a, b) => a.away - b.away);
    return found.slice(0, MOST).sort((a, b) => b.value - a.value);
  }

  function show(readout, plot, panel, arms, at) {
    const rows = plot.cursor.left < 0 ? [] : readings(plot, panel, at);
    readout.hidden = rows.length === 0;
    const said = rows.map(({ arm, steps, value, low, high, line }) => {
      const band = line.low ? ` (${number.format(low)} to ${number.format(high)})` : "";
      const note = line.note ? ` ${line.note}` : "";
      const text = `${number.format(value)}${band}${note} at ${short(steps)}`;
      const row = make("div", "reading");
      row.append(sample(arms[arm]), make("span", "", `${arms[arm].label}: ${text}`));
      return row;
    });
    readout.replaceChildren(...said);
  }

  function sample({ color, dash }) {
    const space = "http://www.w3.org/2000/svg";
    const drawing = document.createElementNS(space, "svg");
    const line = document.createElementNS(space, "path");
    drawing.setAttribute("viewBox", "0 0 28 8");
    drawing.setAttribute("class", "sample");
    drawing.setAttribute("aria-hidden", "true");
    line.setAttribute("d", "M0 4H28");
    line.setAttribute("stroke", color === "#000000" ? "currentColor" : color);
    line.setAttribute("stroke-width", "2");
    line.setAttribute("stroke-dasharray", dash.join(" ") || "none");
    drawing.append(line);
    return drawing;
  }

  // A panel is drawn when it first has a width: not while it is folded away.
  function addPanel(box, panel, chart) {
    const part = make("div", "panel");
    const canvas = make("div", "canvas");
    const readout = make("div", "readout");
    readout.setAttribute("role", "status");
    readout.hidden = true;
    canvas.tabIndex = 0;
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", `${panel.title}; arrow keys read values`);
    part.append(make("p", "title", panel.title), canvas, readout);
    box.append(part);
    const at = places(panel);
    const state = { plot: null, panel, at };
    const tell = (plot) => show(readout, plot, panel, chart.arms, at);
    new ResizeObserver(() => {
      const width = canvas.clientWidth;
      if (!width) return;
      if (state.plot) {
        if (width !== state.plot.width) state.plot.setSize({ width, height: tall(width) });
        return;
      }
      const made = options(panel, chart.arms, canvas, { setCursor: [tell] });
      state.plot = new uPlot(made, table(panel), canvas);
      chart.arms.forEach((arm, index) => hide(state, index, chart.hidden.has(index)));
    }).observe(canvas);
    canvas.addEventListener("keydown", (event) => step(event, state.plot));
    return state;
  }

  function step(event, plot) {
    const way = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!way || !plot) return;
    event.preventDefault();
    const last = plot.data[0].length - 1;
    const next = Math.max(0, Math.min(last, (plot.cursor.idx ?? -1) + way));
    const left = plot.valToPos(plot.data[0][next], "x");
    plot.setCursor({ left, top: plot.over.clientHeight / 2 });
  }

  function hide({ plot, panel, at }, arm, hidden) {
    if (!plot) return;
    panel.lines.forEach((line, index) => {
      if (line.arm !== arm) return;
      const count = line.low ? 3 : 1;
      for (let k = 0; k < count; k++) plot.setSeries(at[index] + k, { show: !hidden });
    });
  }

  function addToggle(legend, chart, index, panels) {
    const label = make("label", "toggle");
    const input = document.createElement("input");
    input.type = "checkbox";
    input.checked = true;
    input.addEventListener("change", () => {
      chart.hidden[input.checked ? "delete" : "add"](index);
      for (const panel of panels) hide(panel, index, !input.checked);
    });
    const arm = chart.arms[index];
    label.append(input, sample(arm), make("span", "", arm.label));
    legend.append(label);
  }

  function start(data) {
    const figure = data.closest("figure");
    const chart = JSON.parse(data.textContent);
    chart.hidden = new Set();
    const live = make("div", "live");
    const legend = make("div", "legend");
    const box = make("div", "panels");
    legend.setAttribute("role", "group");
    legend.setAttribute("aria-label", "Curves to show");
    live.append(legend, make("p", "note", chart.axes), box);
    figure.prepend(live);
    figure.classList.add("alive");
    const panels = chart.panels.map((panel) => addPanel(box, panel, chart));
    chart.arms.forEach((_, index) => addToggle(legend, chart, index, panels));
    const repaint = () => panels.forEach(({ plot }) => plot?.redraw());
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", repaint);
  }

  document.querySelectorAll("script.chart").forEach(start);
})();
