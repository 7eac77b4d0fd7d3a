"use strict";
// Without this script the dialogues are a plain list; with it they can be filtered.
{
  const form = document.getElementById("filter");
  const count = document.getElementById("count");
  const dialogues = Array.from(document.querySelectorAll("details.dialogue"));
  const apply = () => {
    const wanted = Array.from(form.querySelectorAll("select"), (select) => [select.name, select.value]);
    let left = 0;
    for (const dialogue of dialogues) {
      const fits = wanted.every(([name, value]) => value === "" || dialogue.dataset[name] === value);
      dialogue.hidden = !fits;
      left += fits ? 1 : 0;
    }
    count.textContent = `${left} of ${dialogues.length} dialogues`;
  };
  form.hidden = false;
  form.addEventListener("change", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(apply));
  apply();
}
