// Sorting, filtering and paging of what is on the page already. Without this script, and on paper, all of it
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

// What is searched of a row, in lower case, read once.
function searched(rows) {
  return new Map(rows.map((row) => [row, row.textContent.toLowerCase()]));
}

function lanes(section) {
  const rows = [...section.querySelectorAll(".lane")];
  const text = searched(rows);
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

function findings(section) {
  const table = section.querySelector("table");
  const rows = [...table.tBodies];
  const text = searched(rows);
  const filter = section.querySelector("input");
  const matches = (row) => text.get(row).includes(filter.value.trim().toLowerCase());
  const list = paged(section, rows, 50, ["finding", "findings"], matches);
  filter.addEventListener("input", list.refresh);

  const headings = [...table.tHead.rows[0].cells];
  const key = (row, column) => {
    const cell = row.rows[0].cells[column];
    return cell.dataset.sort ?? cell.textContent;
  };
  headings.forEach((heading, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = heading.textContent;
    heading.replaceChildren(button);
    button.addEventListener("click", () => {
      const up = heading.getAttribute("aria-sort") !== "ascending";
      headings.forEach((other) => other.removeAttribute("aria-sort"));
      heading.setAttribute("aria-sort", up ? "ascending" : "descending");
      const keyed = rows.map((row) => [key(row, column), row]);
      const order = heading.classList.contains("number")
        ? ([a], [b]) => Number(a) - Number(b)
        : ([a], [b]) => (a < b ? -1 : a > b ? 1 : 0);
      keyed.sort(up ? order : (a, b) => order(b, a));
      const ordered = keyed.map(([, row]) => row);
      table.append(...ordered);
      list.reorder(ordered);
    });
  });
  list.refresh();
}

const sections = { lanes, findings };
for (const [id, enhance] of Object.entries(sections)) {
  const section = document.getElementById(id);
  if (section?.querySelector(".controls")) enhance(section);
}
