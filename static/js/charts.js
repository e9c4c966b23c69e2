// Dense line charts: data from the page or an address, colours from the theme, a crosshair for mouse and keys.
//
// The JSON holds { days: ["2026-01-02", …], series: [{ label, values: [12.5, null, …], kind, points }], events: [{ day, label, kind }] }.
// `kind` of a series: "line" (default), "benchmark" (dashed grey), "level" (dashed orange). null leaves a gap.
// `kind` of an event: "flow" (triangle on the base), "lot" (circle on the first line). `facts` of a day, if given as
// facts: { "2026-01-02": [["Deposits", "1,000.00"], …] }, are listed in the tooltip.
(() => {
  "use strict";
  const DASHES = { benchmark: [4, 3], level: [5, 3] };
  const ORDER_DASHES = [[], [], [6, 2], [2, 2], [8, 3, 2, 3], [4, 3]];
  const MINUS = "\u2212";
  const SIGNS = { USD: "$", EUR: "€", GBP: "£", JPY: "¥", INR: "₹", CAD: "CA$", AUD: "A$", HKD: "HK$" };
  const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
  const DAY = 86400;

  const hidden = () => device.get("privacy") === "on";
  const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  // Words ------------------------------------------------------------------------------------------
  const sign = (number, text) => (number < 0 && /[1-9]/.test(text) ? MINUS + text : text);
  const grouped = (number, decimals) =>
    Math.abs(number).toLocaleString("en-US", { minimumFractionDigits: decimals, maximumFractionDigits: decimals });

  function write(number, plot) {
    if (number == null) return "missing";
    if (plot.format === "percent") return `${sign(number, grouped(number * 100, 2))}\u202f%`;
    if (hidden()) return "•••••";
    const text = grouped(number, 2);
    return sign(number, (SIGNS[plot.currency] || "") + text);
  }

  function short(number, plot, step) {
    if (plot.format === "percent") return `${sign(number, grouped(number * 100, step < 0.01 ? 1 : 0))}\u202f%`;
    if (hidden() && plot.format !== "price") return "•••";
    const symbol = SIGNS[plot.currency] || "";
    const size = Math.abs(number);
    const [unit, suffix] = size >= 1e9 ? [1e9, "b"] : size >= 1e6 ? [1e6, "m"] : size >= 1e4 ? [1e3, "k"] : [1, ""];
    const decimals = suffix ? (step / unit < 1 ? (step / unit < 0.1 ? 2 : 1) : 0) : step < 1 ? 2 : 0;
    return sign(number, symbol + grouped(number / unit, decimals) + suffix);
  }

  const dayWords = (seconds) => {
    const day = new Date(seconds * 1000);
    return `${day.getUTCDate()} ${MONTHS[day.getUTCMonth()]} ${day.getUTCFullYear()}`;
  };

  // Data -------------------------------------------------------------------------------------------
  async function load(element) {
    if (element.dataset.src) {
      const answer = await fetch(element.dataset.src, { headers: { Accept: "application/json" } });
      if (!answer.ok) throw new Error(String(answer.status));
      return answer.json();
    }
    return JSON.parse(document.getElementById(element.dataset.json).textContent);
  }

  const asNumber = (value) => (value === null || value === undefined || value === "" ? null : Number(value));

  function read(facts, element) {
    const days = facts.days.map((day) => Date.parse(`${day}T00:00:00Z`) / 1000);
    const series = facts.series.map((one, index) => ({
      label: one.label,
      kind: one.kind || "line",
      number: one.kind === "benchmark" ? 6 : one.kind === "level" ? 2 : (index % 5) + 1,
      values: one.values.map(asNumber),
    }));
    return {
      days,
      series,
      events: (facts.events || []).map((one) => ({ ...one, at: Date.parse(`${one.day}T00:00:00Z`) / 1000 })),
      facts: facts.facts || {},
      names: facts.days,
      currency: element.dataset.currency || facts.currency || "",
      format: element.dataset.format || "money",
    };
  }

  const strokeOf = (one) => color(`--s${one.number}`);
  const dashOf = (one) => DASHES[one.kind] || ORDER_DASHES[one.number - 1];

  // Axes -------------------------------------------------------------------------------------------
  const STEPS = [5, 4, 2.5, 2, 1, 0.5, 0.4, 0.25, 0.2];
  function splits(low, high) {
    const span = high - low || Math.abs(high) || 1;
    const power = 10 ** Math.floor(Math.log10(span));
    // The largest round step that still gives three values or more.
    const count = (one) => Math.floor(high / one) - Math.ceil(low / one) + 1;
    const step = STEPS.map((one) => one * power).find((one) => count(one) >= 3) || span / 4;
    const out = [];
    for (let at = Math.ceil(low / step) * step; at <= high + step / 1e6; at += step) out.push(Math.abs(at) < step / 1e6 ? 0 : at);
    return { out, step };
  }

  function monthSplits(low, high, width) {
    const span = (high - low) / DAY;
    if (span < 75) {
      const step = Math.max(1, Math.ceil(span / Math.max(2, width / 90)));
      const out = [];
      for (let at = Math.ceil(low / DAY) * DAY; at <= high; at += step * DAY) out.push(at);
      return out;
    }
    const room = Math.max(2, Math.floor(width / 70));
    const step = [1, 2, 3, 6, 12, 24, 60].find((months) => span / 30.4 / months <= room) || 120;
    const out = [];
    const first = new Date(low * 1000);
    for (let month = first.getUTCFullYear() * 12 + first.getUTCMonth(); ; month += 1) {
      const at = Date.UTC(Math.floor(month / 12), month % 12, 1) / 1000;
      if (at > high) return out;
      if (at >= low && month % step === 0) out.push(at);
    }
  }

  // A word centred on the very edge would be cut: the first stands half a word inside.
  const edge = (low, high, element) => ((high - low) * 14) / Math.max(element.clientWidth, 1);

  function monthWords(at, span) {
    const day = new Date(at * 1000);
    const month = MONTHS[day.getUTCMonth()];
    if (span < 75) return `${day.getUTCDate()} ${month}`;
    if (span > 2500) return String(day.getUTCFullYear());
    return span > 400 ? `${month} ${day.getUTCFullYear()}` : month;
  }

  // Marks ------------------------------------------------------------------------------------------
  function drawMarks(plot) {
    return (u) => {
      const { ctx } = u;
      const ratio = devicePixelRatio || 1;
      ctx.save();
      for (const event of plot.events) {
        const x = u.valToPos(event.at, "x", true);
        if (x < u.bbox.left || x > u.bbox.left + u.bbox.width) continue;
        if (event.kind === "lot") lotMark(u, plot, event, x, ratio);
        else flowMark(u, x, ratio);
      }
      lastMark(u, plot, ratio);
      ctx.restore();
    };
  }

  function flowMark(u, x, ratio) {
    const base = u.bbox.top + u.bbox.height - 2 * ratio;
    u.ctx.fillStyle = color("--ink-3");
    u.ctx.beginPath();
    u.ctx.moveTo(x, base - 7 * ratio);
    u.ctx.lineTo(x + 4 * ratio, base);
    u.ctx.lineTo(x - 4 * ratio, base);
    u.ctx.fill();
  }

  function lotMark(u, plot, event, x, ratio) {
    const index = nearest(plot.days, event.at);
    const value = plot.series[0].values[index];
    if (value == null) return;
    const y = u.valToPos(value, "y", true);
    circle(u.ctx, x, y, 4 * ratio, color("--surface"), color("--ink"), 1.5 * ratio);
    if (!event.label || (hidden() && event.private !== false)) return;
    u.ctx.font = `${11 * ratio}px "Inter Variable", sans-serif`;
    u.ctx.textAlign = "center";
    u.ctx.lineWidth = 4 * ratio;
    u.ctx.strokeStyle = color("--surface");
    u.ctx.fillStyle = color("--ink-2");
    const below = y + 16 * ratio < u.bbox.top + u.bbox.height;
    const at = below ? y + 16 * ratio : y - 9 * ratio;
    // A label at the edge of the plot moves inwards rather than lose its first figures.
    const half = u.ctx.measureText(event.label).width / 2;
    const middle = Math.min(Math.max(x, u.bbox.left + half), u.bbox.left + u.bbox.width - half);
    u.ctx.strokeText(event.label, middle, at);
    u.ctx.fillText(event.label, middle, at);
  }

  function lastMark(u, plot, ratio) {
    const one = plot.series[0];
    const index = one.values.findLastIndex((value) => value != null);
    if (index < 0) return;
    const x = u.valToPos(plot.days[index], "x", true);
    circle(u.ctx, x, u.valToPos(one.values[index], "y", true), 3.5 * ratio, strokeOf(one), strokeOf(one), 0);
  }

  function circle(ctx, x, y, radius, fill, stroke, width) {
    ctx.setLineDash([]);
    ctx.beginPath();
    ctx.arc(x, y, radius, 0, 2 * Math.PI);
    ctx.fillStyle = fill;
    ctx.fill();
    if (!width) return;
    ctx.lineWidth = width;
    ctx.strokeStyle = stroke;
    ctx.stroke();
  }

  function nearest(days, at) {
    let low = 0;
    let high = days.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (days[middle] < at) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  // Tooltip ----------------------------------------------------------------------------------------
  function row(...words) {
    const line = document.createElement("div");
    for (const word of words) {
      const part = document.createElement("span");
      part.textContent = word;
      line.append(part);
    }
    return line;
  }

  function wordsOf(plot, index) {
    const lines = plot.series.map((one) => [one.label, write(one.values[index], plot)]);
    const facts = (plot.facts[plot.names[index]] || []).map(([label, value, kind]) => [
      label,
      hidden() && kind !== "public" ? "•••••" : value,
    ]);
    return [[dayWords(plot.days[index]), lines[0][1]], ...lines.slice(1), ...facts];
  }

  function placeTip(u, tip, index, plot) {
    if (index == null) {
      tip.hidden = true;
      return;
    }
    tip.replaceChildren(...wordsOf(plot, index).map((words) => row(...words)));
    tip.hidden = false;
    const x = u.valToPos(plot.days[index], "x") + u.bbox.left / (devicePixelRatio || 1);
    const width = tip.offsetWidth;
    const left = x + 14 + width > u.width ? x - width - 14 : x + 14;
    tip.style.transform = `translate(${Math.max(0, left)}px, ${Math.min(u.over.clientHeight * 0.55, 120)}px)`;
  }

  // Drawing ----------------------------------------------------------------------------------------
  function options(element, plot, tip) {
    const rule = color("--line");
    const axis = { stroke: color("--ink-3"), font: '11px "Inter Variable", sans-serif', ticks: { show: false } };
    const span = (plot.days.at(-1) - plot.days[0]) / DAY;
    return {
      width: element.clientWidth,
      height: element.clientHeight,
      padding: [8, 0, 0, 0],
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "UTC"),
      legend: { show: false },
      cursor: {
        y: false,
        drag: { x: false, y: false },
        points: {
          size: (u, i) => (i === 1 ? 9 : 0),
          width: (u, i) => (i === 1 ? 2 : 0),
          stroke: (u, i) => strokeOf(plot.series[i - 1]),
          fill: () => color("--surface"),
        },
      },
      scales: { x: { time: true }, y: { range: (u, low, high) => padded(low, high) } },
      axes: [
        {
          ...axis,
          size: 28,
          gap: 8,
          grid: { show: false },
          border: { show: true, stroke: color("--line-2"), width: 1 },
          splits: (u, i, low, high) => monthSplits(low + edge(low, high, element), high, element.clientWidth),
          values: (u, at) => at.map((one) => monthWords(one, span)),
        },
        {
          ...axis,
          side: 1,
          size: (u, words) => (words ? widest(words) + 13 : 56),
          gap: 8,
          grid: { stroke: rule, width: 1 },
          splits: (u, i, low, high) => splits(low, high).out,
          values: (u, at) => at.map((one) => short(one, plot, at.length > 1 ? at[1] - at[0] : 1)),
        },
      ],
      series: [
        {},
        ...plot.series.map((one) => ({
          label: one.label,
          stroke: strokeOf(one),
          width: one.kind === "benchmark" ? 1.25 : 1.75,
          dash: dashOf(one),
          spanGaps: false,
          points: { show: false },
        })),
      ],
      hooks: {
        draw: [drawMarks(plot)],
        setCursor: [(u) => placeTip(u, tip, u.cursor.left >= 0 ? u.cursor.idx : null, plot)],
      },
    };
  }

  const ruler = document.createElement("canvas").getContext("2d");
  function widest(words) {
    ruler.font = '11px "Inter Variable", sans-serif';
    return Math.ceil(Math.max(...words.map((word) => ruler.measureText(word || "").width)));
  }

  function padded(low, high) {
    if (low == null) return [0, 1];
    const room = (high - low || Math.abs(high) || 1) * 0.08;
    return [low - room, high + room];
  }

  function legend(figure, plot) {
    const list = figure.querySelector("[data-legend]");
    if (!list) return;
    const ns = "http://www.w3.org/2000/svg";
    list.replaceChildren(
      ...plot.series.map((one) => {
        const item = document.createElement("li");
        const svg = document.createElementNS(ns, "svg");
        svg.setAttribute("viewBox", "0 0 18 8");
        svg.setAttribute("class", `series-${one.number}`);
        svg.setAttribute("aria-hidden", "true");
        const path = document.createElementNS(ns, "path");
        path.setAttribute("d", "M0 4H18");
        path.setAttribute("class", "stroke-series");
        path.setAttribute("stroke-width", one.kind === "benchmark" ? "1.25" : "1.75");
        path.setAttribute("stroke-dasharray", dashOf(one).join(" "));
        svg.append(path);
        item.append(svg, one.label);
        return item;
      }),
    );
  }

  function table(plot, caption) {
    const element = document.createElement("table");
    element.className = "table table-plain";
    const title = element.createCaption();
    title.className = "sr-only";
    title.textContent = caption;
    const head = element.createTHead().insertRow();
    for (const word of ["Day", ...plot.series.map((one) => one.label)]) {
      const cell = document.createElement("th");
      cell.scope = "col";
      cell.textContent = word;
      if (word !== "Day") cell.className = "num";
      head.append(cell);
    }
    const body = element.createTBody();
    for (let index = plot.days.length - 1; index >= 0; index -= 1) {
      const line = body.insertRow();
      line.insertCell().textContent = dayWords(plot.days[index]);
      for (const one of plot.series) {
        const cell = line.insertCell();
        cell.className = "num";
        cell.textContent = write(one.values[index], plot);
      }
    }
    return element;
  }

  class Chart {
    constructor(element, facts) {
      this.element = element;
      this.figure = element.closest(".chart") || element;
      this.plot = read(facts, element);
      this.tip = document.createElement("div");
      this.tip.className = "chart-tip";
      this.tip.hidden = true;
      this.at = this.plot.days.length - 1;
      this.draw();
      this.listen();
    }

    draw() {
      this.u?.destroy();
      const { days, series } = this.plot;
      this.u = new uPlot(options(this.element, this.plot, this.tip), [days, ...series.map((one) => one.values)], this.element);
      this.element.append(this.tip);
      this.tip.hidden = true;
      legend(this.figure, this.plot);
      const open = this.figure.querySelector("[data-table]:not([hidden])");
      if (open) this.fill(open);
    }

    fill(place) {
      place.replaceChildren(table(this.plot, place.getAttribute("aria-label")));
    }

    point(index) {
      this.at = Math.min(Math.max(index, 0), this.plot.days.length - 1);
      this.u.setCursor({ left: this.u.valToPos(this.plot.days[this.at], "x"), top: 1 });
      const spoken = this.figure.querySelector("[data-day]");
      if (spoken) spoken.textContent = wordsOf(this.plot, this.at).map((words) => words.join(" ")).join(", ");
    }

    openDay() {
      const address = this.element.dataset.dayUrl;
      if (!address || !window.htmx) return;
      htmx.ajax("GET", address.replace("0000-00-00", this.plot.names[this.at]), { target: "#pane", swap: "innerHTML" });
    }

    listen() {
      const steps = { ArrowLeft: -1, ArrowRight: 1, PageUp: -20, PageDown: 20 };
      this.element.addEventListener("keydown", (event) => {
        if (event.key in steps) this.point(this.at + steps[event.key]);
        else if (event.key === "Home") this.point(0);
        else if (event.key === "End") this.point(this.plot.days.length - 1);
        else if (event.key === "Enter") this.openDay();
        else if (event.key === "Escape") this.u.setCursor({ left: -10, top: -10 });
        else return;
        event.preventDefault();
        event.stopPropagation();
      });
      this.element.addEventListener("blur", () => this.u.setCursor({ left: -10, top: -10 }));
      this.element.addEventListener("click", () => {
        if (this.u.cursor.idx == null) return;
        this.at = this.u.cursor.idx;
        this.openDay();
      });
      new ResizeObserver(() => {
        const { clientWidth: width, clientHeight: height } = this.element;
        if (width && (width !== this.u.width || height !== this.u.height)) this.u.setSize({ width, height });
      }).observe(this.element);
      const button = this.figure.querySelector("[data-chart-table]");
      button?.addEventListener("click", () => {
        const place = this.figure.querySelector("[data-table]");
        place.hidden = !place.hidden;
        button.setAttribute("aria-expanded", String(!place.hidden));
        if (!place.hidden) this.fill(place);
      });
    }
  }

  const charts = new Set();

  async function start(element) {
    if (element.dataset.state) return;
    element.dataset.state = "loading";
    // A loading word appears only when the answer takes long enough to be noticed.
    const late = setTimeout(() => say(element, "waiting", "Loading"), 300);
    try {
      const facts = await load(element);
      clearTimeout(late);
      if (!facts.days.length) {
        say(element, "failed", "No values in this stretch of time.");
        return;
      }
      say(element, "drawn", "");
      await document.fonts?.ready;
      charts.add(new Chart(element, facts));
    } catch {
      clearTimeout(late);
      say(element, "failed", "The figures for this chart could not be loaded.");
    }
  }

  function say(element, state, message) {
    element.dataset.state = state;
    element.dataset.message = message;
  }

  const startAll = (part) => part.querySelectorAll("[data-chart]").forEach(start);
  document.addEventListener("htmx:afterSettle", (event) => startAll(event.detail.target?.parentElement || document));
  document.addEventListener("device:change", () => {
    for (const chart of charts) {
      if (chart.element.isConnected) chart.draw();
      else charts.delete(chart);
    }
  });
  startAll(document);
})();
