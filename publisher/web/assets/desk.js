// Shows what is new without taking anything from whoever reads: the page is loaded again only when something has
// changed and nobody is at it; otherwise a line says that there is news. Without script there is the link "Refresh".
"use strict";

const LOOK = 5000; // milliseconds between two looks
const IDLE = 5000; // milliseconds without a key, a pointer or scrolling

let seen = null;
let touched = 0;
for (const kind of ["keydown", "pointerdown", "pointermove", "wheel", "scroll", "focusin"]) {
  addEventListener(kind, () => { touched = Date.now(); }, { passive: true, capture: true });
}

function free() {
  const selected = getSelection();
  return Date.now() - touched > IDLE && document.activeElement === document.body && (!selected || selected.isCollapsed);
}

async function look() {
  const answer = await fetch("/status.json", { cache: "no-store" });
  if (answer.status === 401) {
    location.assign("/login");
    return;
  }
  const now = await answer.text();
  if (answer.ok && seen !== null && now !== seen) {
    if (free()) {
      location.reload();
      return;
    }
    document.getElementById("news").textContent = "Something has changed since this page was loaded.";
    return;
  }
  seen = now;
}

function again() {
  const next = () => setTimeout(again, LOOK);
  if (document.hidden) {
    next();
  } else {
    look().then(next, next); // a look that fails is simply made again
  }
}

again();
