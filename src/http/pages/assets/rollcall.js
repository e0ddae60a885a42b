// Everything works without this; it copies, and keeps live regions up to date.
"use strict";

// <button data-copy="id">: copies the text of the element with that id.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("button[data-copy]");
  if (!button) return;
  const text = document.getElementById(button.dataset.copy)?.textContent ?? "";
  const said = button.parentElement.querySelector("[role=status]");
  try {
    await navigator.clipboard.writeText(text);
    if (said) said.textContent = "Copied";
  } catch {
    const range = document.createRange();
    range.selectNodeContents(document.getElementById(button.dataset.copy));
    getSelection().removeAllRanges();
    getSelection().addRange(range);
    if (said) said.textContent = "Selected: copy it with your keyboard";
  }
});
for (const button of document.querySelectorAll("button[data-copy]")) button.hidden = false;

// <div id="x" data-live="4">: every four seconds the page is read again, and what has changed in the region is put in its place.
const regions = [...document.querySelectorAll("[data-live][id]")];
if (regions.length > 0) {
  const seconds = Math.max(2, Math.min(...regions.map((region) => Number(region.dataset.live) || 5)));
  let pause = seconds;
  const look = async () => {
    const isUsed = regions.some((region) => region.contains(document.activeElement) && region.matches(":focus-within") && document.activeElement.matches("input, select, textarea, summary"));
    if (document.visibilityState === "visible" && !isUsed) {
      try {
        const answer = await fetch(location.href, { credentials: "same-origin", redirect: "error", headers: { Accept: "text/html" } });
        if (!answer.ok) throw new Error(String(answer.status));
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        for (const region of regions) {
          const fresh = page.getElementById(region.id);
          if (fresh && fresh.innerHTML !== region.innerHTML) region.replaceChildren(...document.importNode(fresh, true).childNodes);
        }
        pause = seconds;
      } catch {
        pause = Math.min(pause * 2, 60);
      }
    }
    setTimeout(look, pause * 1000);
  };
  setTimeout(look, pause * 1000);
}

// <input data-from-fragment>: takes what stands behind the # of the address, which no server and no log ever sees; "send" goes on by itself.
for (const field of document.querySelectorAll("input[data-from-fragment]")) {
  if (location.hash.length > 1) {
    field.value = decodeURIComponent(location.hash.slice(1));
    history.replaceState(null, "", location.pathname);
    if (field.dataset.fromFragment === "send") field.form.requestSubmit();
  }
}
