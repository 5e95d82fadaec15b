/* What the pages do beyond being read: every page works without this. */
"use strict";
(function () {
  const LONG_TABLE = 15;
  const WORTH_SORTING = 5;
  const DATE = /^(\d{1,2}) ([A-Z][a-z]+) (\d{4})(?:, (\d{2}):(\d{2}) UTC)?$/;

  function make(name, properties, ...inside) {
    const element = Object.assign(document.createElement(name), properties);
    element.append(...inside);
    return element;
  }

  /* One region for what a reader who sees nothing must hear. */
  const said = make("div", { className: "nhsuk-u-visually-hidden" });
  said.setAttribute("role", "status");
  function say(text) { said.textContent = text; }

  /* What a cell is sorted by: the number behind it, a date, or its text. Markers and empty cells have none. */
  function sortKey(cell) {
    const text = cell ? cell.textContent.trim() : "";
    const number = cell && cell.querySelector("[data-value]");
    if (number) return Number(number.dataset.value);
    if (/^$|^\[[a-z]+\]$/.test(text)) return null;
    const date = DATE.exec(text);
    if (date) return Date.parse(`${date[1]} ${date[2]} ${date[3]} ${date[4] || "00"}:${date[5] || "00"} UTC`);
    return text;
  }

  function compare(one, other) {
    if (typeof one === "number" && typeof other === "number") return one - other;
    if (typeof one === "number") return -1;
    if (typeof other === "number") return 1;
    return one.localeCompare(other, "en-GB", { numeric: true });
  }

  function sortBy(table, heading, column) {
    const isUp = heading.getAttribute("aria-sort") !== "ascending";
    const keyed = Array.from(table.tBodies[0].rows, (row) => [sortKey(row.cells[column]), row]);
    keyed.sort(([one], [other]) => {
      if (one === null || other === null) return (one === null) - (other === null);
      return isUp ? compare(one, other) : compare(other, one);
    });
    table.tBodies[0].append(...keyed.map(([, row]) => row));
    for (const one of table.tHead.rows[0].cells) one.removeAttribute("aria-sort");
    heading.setAttribute("aria-sort", isUp ? "ascending" : "descending");
    say(`Sorted by ${heading.textContent.trim()}, ${isUp ? "ascending" : "descending"}`);
  }

  function makeSortable(table) {
    if (!table.tHead || table.tHead.rows.length !== 1 || table.tBodies[0].rows.length < WORTH_SORTING) return;
    Array.from(table.tHead.rows[0].cells).forEach((heading, column) => {
      const button = make("button", { type: "button", className: "parity-sort" }, ...heading.childNodes);
      button.addEventListener("click", () => sortBy(table, heading, column));
      heading.append(button);
    });
  }

  function box(id, label) {
    const input = make("input", { className: "nhsuk-input parity-filter-input", type: "search", id, autocomplete: "off" });
    const named = make("label", { className: "nhsuk-label", htmlFor: id }, label);
    return [make("div", { className: "parity-filter" }, named, input), input];
  }

  function wordsOf(text) {
    return text.toLowerCase().normalize("NFKD").replace(/[\u0300-\u036f]/g, "").split(/[^a-z0-9]+/).filter(Boolean);
  }

  /* Whether each word that was typed begins a word of the text. */
  function has(words, typed) {
    return typed.every((one) => words.some((word) => word.startsWith(one)));
  }

  function makeFilterable(table, number) {
    const rows = Array.from(table.tBodies[0].rows, (row) => [wordsOf(row.textContent), row]);
    if (rows.length <= LONG_TABLE) return;
    const caption = table.caption ? table.caption.textContent.trim() : "this table";
    const [form, input] = box(`filter-${number}`, `Show rows of “${caption}” with`);
    input.addEventListener("input", () => {
      const typed = wordsOf(input.value);
      for (const [words, row] of rows) row.hidden = !has(words, typed);
      say(`${rows.filter(([, row]) => !row.hidden).length} of ${rows.length} rows shown`);
    });
    table.closest(".parity-scroll").before(form);
  }

  function makeSearch(list) {
    const entries = Array.from(list.querySelectorAll("li"), (item) => ({
      item,
      isTable: item.querySelector("a").hash !== "",
      title: wordsOf(item.querySelector("a").textContent),
      all: wordsOf(`${item.textContent} ${item.dataset.words || ""}`),
    }));
    const [form, input] = box("search-box", "Search pages and tables");
    const count = make("p", { className: "parity-search-count" });
    count.setAttribute("role", "status");
    const results = make("ul", { className: "parity-found", hidden: true });
    input.addEventListener("input", () => {
      const typed = wordsOf(input.value);
      const found = typed.length ? entries.filter((entry) => has(entry.all, typed)) : [];
      found.sort((one, other) => one.isTable - other.isTable || has(other.title, typed) - has(one.title, typed));
      results.replaceChildren(...found.map((entry) => entry.item.cloneNode(true)));
      results.hidden = !typed.length;
      list.hidden = Boolean(typed.length);
      const things = found.length === 1 ? "1 page or table" : `${found.length} pages and tables`;
      count.textContent = typed.length ? `${things} found` : "";
    });
    list.before(form, count, results);
  }

  /* A link to a table's place opens its columns. */
  function openTarget() {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const details = target && target.querySelector(":scope > details");
    if (details) details.open = true;
  }

  document.body.append(said);
  document.querySelectorAll("table[data-sortable]").forEach((table, number) => {
    makeSortable(table);
    makeFilterable(table, number);
  });
  document.querySelectorAll("[data-search]").forEach(makeSearch);
  window.addEventListener("hashchange", openTarget);
  openTarget();
})();
