// The printed report: the browser's own dialog makes paper or a PDF of it.

document.querySelector("[data-print]").addEventListener("click", () => print());
