// Keeps the page current without moving what the reader has open: items are added, replaced or removed by their key.
"use strict";

const PAUSE = 1500;

function merge(now, next) {
  const known = new Map([...now.querySelectorAll(":scope > [data-key]")].map((item) => [item.dataset.key, item]));
  const wanted = [...next.querySelectorAll(":scope > [data-key]")].map((item) => {
    const old = known.get(item.dataset.key);
    return old && old.innerHTML === item.innerHTML ? old : document.importNode(item, true);
  });
  if (wanted.some((item, place) => now.children[place] !== item) || wanted.length !== now.children.length) {
    now.replaceChildren(...wanted);
  }
}

function replace(now, next) {
  const same = now.dataset.key === next.dataset.key && now.innerHTML === next.innerHTML;
  const busy = now.contains(document.activeElement) && now.tagName === "DETAILS";
  if (!same && !busy) now.replaceWith(document.importNode(next, true));
}

function update(page) {
  for (const list of document.querySelectorAll("[data-list]")) {
    merge(list, page.querySelector(`[data-list="${list.dataset.list}"]`));
  }
  const letter = document.querySelector(".letter");
  const newer = page.querySelector(".letter");
  if (letter.dataset.key !== newer.dataset.key) replace(letter, newer);
  for (const item of document.querySelectorAll(".switches[data-key], .count, nav[data-key], .active")) {
    const next = page.querySelector(`[data-key="${item.dataset.key}"]`);
    if (next && !item.contains(document.activeElement)) replace(item, next);
  }
  document.body.dataset.version = page.body.dataset.version;
}

async function look() {
  const version = await (await fetch("/version", { cache: "no-store" })).text();
  if (version === document.body.dataset.version) return;
  const text = await (await fetch(location.href, { cache: "no-store" })).text();
  update(new DOMParser().parseFromString(text, "text/html"));
}

async function watch() {
  try {
    if (!document.hidden) await look();
    document.body.classList.remove("stopped");
  } catch {
    document.body.classList.add("stopped");
  }
  setTimeout(watch, PAUSE);
}

setTimeout(watch, PAUSE);
