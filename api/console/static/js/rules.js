// Choosing which file to try loads its text; what was pasted so far is kept.

const KEPT = "rules-pasted";
const form = document.querySelector("form[hx-post]");

for (const select of document.querySelectorAll("[data-rule-file]")) {
  select.addEventListener("change", () => {
    const pasted = [...form.querySelectorAll("textarea:not(.code)")].map((area) => [area.name, area.value]);
    sessionStorage.setItem(KEPT, JSON.stringify(Object.fromEntries(pasted)));
    location.assign(`/rules?tab=${select.dataset.tab}&file=${encodeURIComponent(select.value)}`);
  });
}

if (form) {
  const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? "{}");
  sessionStorage.removeItem(KEPT);
  for (const [name, value] of Object.entries(kept)) form.elements[name].value = value;
}
