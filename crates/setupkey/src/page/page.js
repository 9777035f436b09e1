// Sorting, filtering, turning pages, and commands beside their finding. Without this script, and on paper, all of it
// is there: nothing is taken out of the document, a row that is off is not displayed on a screen.
"use strict";

const number = new Intl.NumberFormat("en");

// A list of which one page is displayed: `rows` are its elements in order, `one` and `many` what they are
// called, `matches` says which belong.
function paged(section, rows, size, [one, many], matches) {
  const output = section.querySelector("output");
  const pages = section.querySelector(".pages");
  const [back, forth] = pages.querySelectorAll("button");
  const where = pages.querySelector("span");
  let page = 0;

  function show() {
    const found = rows.filter(matches);
    const last = Math.max(0, Math.ceil(found.length / size) - 1);
    page = Math.min(page, last);
    const shown = new Set(found.slice(page * size, (page + 1) * size));
    for (const row of rows) row.classList.toggle("off", !shown.has(row));
    const all = `${number.format(rows.length)} ${rows.length === 1 ? one : many}`;
    output.textContent = found.length === rows.length ? all : `${number.format(found.length)} of ${all}`;
    pages.hidden = last === 0;
    where.textContent = `page ${number.format(page + 1)} of ${number.format(last + 1)}`;
    back.disabled = page === 0;
    forth.disabled = page === last;
  }

  back.addEventListener("click", () => { page -= 1; show(); });
  forth.addEventListener("click", () => { page += 1; show(); });
  section.querySelector(".controls").hidden = false;
  return {
    refresh() { page = 0; show(); },
    reorder(ordered) { rows = ordered; page = 0; show(); },
  };
}

// What is searched of a row, in lower case, read once: what identifies it, so that "active" finds no status.
function searched(rows, selector) {
  const text = (row) => [...row.querySelectorAll(selector)].map((part) => part.textContent).join("\n");
  return new Map(rows.map((row) => [row, text(row).toLowerCase()]));
}

function lanes(section) {
  const rows = [...section.querySelectorAll(".lane")];
  const text = searched(rows, "h3, .of");
  const filter = section.querySelector("input");
  const verdict = section.querySelector("select");
  const matches = (row) =>
    (verdict.value === "" || row.dataset.verdict === verdict.value) &&
    text.get(row).includes(filter.value.trim().toLowerCase());
  const list = paged(section, rows, 25, ["user", "users"], matches);
  section.querySelector(".lanes").classList.remove("many");
  filter.addEventListener("input", list.refresh);
  verdict.addEventListener("change", list.refresh);
  list.refresh();
}

function copied(button, code) {
  getSelection().selectAllChildren(code);
  const done = () => { button.textContent = "Copied"; };
  // where the clipboard is closed, the older command, else the command stays selected
  if (navigator.clipboard) navigator.clipboard.writeText(code.textContent).then(done, () => {});
  else if (document.execCommand("copy")) done();
}

function findings(section) {
  const table = section.querySelector("table");
  const body = table.tBodies[0];
  const rows = [...body.rows];
  const text = searched(rows, "th, [data-label='Account'], code");
  const filter = section.querySelector("input");
  const matches = (row) => text.get(row).includes(filter.value.trim().toLowerCase());
  const list = paged(section, rows, 50, ["finding", "findings"], matches);
  const opened = new Map();

  // The commands of a finding, in a row of their own below it; the appendix keeps them for paper.
  function close(row) {
    opened.get(row)?.remove();
    opened.delete(row);
    row.querySelector("a[href^='#c']").setAttribute("aria-expanded", "false");
  }

  function open(row, link) {
    const source = document.getElementById(link.hash.slice(1));
    const below = document.createElement("tr");
    below.className = "open";
    below.setAttribute("role", "row");
    const cell = below.insertCell();
    cell.setAttribute("role", "cell");
    cell.colSpan = row.cells.length;
    const sentence = source.parentElement.querySelector("h3 + p").cloneNode(true);
    const list = source.querySelector("ol").cloneNode(true);
    cell.append(sentence, list);
    for (const code of list.querySelectorAll("code")) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = "Copy";
      button.setAttribute("aria-live", "polite");
      code.after(button);
      button.addEventListener("click", () => copied(button, code));
    }
    row.after(below);
    opened.set(row, below);
    link.setAttribute("aria-expanded", "true");
  }

  body.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#c']");
    if (!link) return;
    event.preventDefault();
    const row = link.closest("tr");
    if (opened.has(row)) close(row);
    else open(row, link);
  });

  function closeAll() {
    for (const row of [...opened.keys()]) close(row);
  }

  filter.addEventListener("input", () => { closeAll(); list.refresh(); });
  section.querySelector(".pages").addEventListener("click", closeAll);

  const headings = [...table.tHead.rows[0].cells];
  const key = (row, column) => {
    const cell = row.cells[column];
    return cell.classList.contains("distance") ? Number(cell.dataset.sort ?? Infinity) : cell.textContent;
  };
  headings.forEach((heading, column) => {
    const button = document.createElement("button");
    const arrow = document.createElement("span");
    button.type = "button";
    arrow.setAttribute("aria-hidden", "true");
    arrow.textContent = "↕";
    button.append(heading.textContent, arrow);
    heading.replaceChildren(button);
    button.addEventListener("click", () => {
      const up = heading.getAttribute("aria-sort") !== "ascending";
      for (const other of headings) {
        other.removeAttribute("aria-sort");
        other.querySelector("span").textContent = "↕";
      }
      heading.setAttribute("aria-sort", up ? "ascending" : "descending");
      arrow.textContent = up ? "↑" : "↓";
      closeAll();
      const keyed = rows.map((row) => [key(row, column), row]);
      keyed.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0) * (up ? 1 : -1));
      rows.splice(0, rows.length, ...keyed.map(([, row]) => row));
      body.append(...rows);
      list.reorder(rows);
    });
  });
  list.refresh();

  // the number of an account's findings shows these findings, whatever page they are on
  document.getElementById("accounts")?.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#f']");
    if (!link) return;
    event.preventDefault();
    filter.value = document.getElementById(link.hash.slice(1)).querySelector("[data-label='Account']").textContent;
    filter.dispatchEvent(new Event("input"));
    section.scrollIntoView();
    filter.focus({ preventScroll: true });
  });
  // each finding shows its own
  document.getElementById("commands").classList.add("off");
}

const sections = { lanes, findings };
for (const [id, enhance] of Object.entries(sections)) {
  const section = document.getElementById(id);
  if (section?.querySelector("table, .lane")) enhance(section);
}
