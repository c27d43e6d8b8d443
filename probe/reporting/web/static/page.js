"use strict";
// Keeps the page as the server would render it now. Without this script the page still works.

(() => {
  const POLL_MS = 5000;
  const RETRY_MS = 15000;
  const feed = document.getElementById("feed");
  const announcement = document.getElementById("announcement");
  let polling = null;
  let busy = false;
  let again = false;

  const say = (state, text) => {
    feed.hidden = false;
    feed.className = `feed ${state}`;
    if (feed.textContent !== text) feed.textContent = text;
  };

  // Changes only what differs, so that focus, selection and opened details survive.
  const settle = (shown, fresh) => {
    if (shown.isEqualNode(fresh)) return;
    const alike =
      shown.nodeType === Node.ELEMENT_NODE &&
      shown.nodeName === fresh.nodeName &&
      shown.childNodes.length === fresh.childNodes.length;
    if (!alike) {
      shown.replaceWith(fresh.cloneNode(true));
      return;
    }
    for (const { name } of [...shown.attributes])
      if (!fresh.hasAttribute(name) && name !== "open") shown.removeAttribute(name);
    for (const { name, value } of fresh.attributes)
      if (shown.getAttribute(name) !== value) shown.setAttribute(name, value);
    const next = [...fresh.childNodes];
    [...shown.childNodes].forEach((child, place) => settle(child, next[place]));
  };

  const show = (page) => {
    const before = document.getElementById("live").dataset.summary;
    for (const fresh of page.querySelectorAll("[data-live]"))
      settle(document.getElementById(fresh.id), fresh);
    const summary = document.getElementById("live").dataset.summary;
    if (summary !== before) announcement.textContent = summary;
    document.title = page.title;
    settle(document.querySelector("link[rel=icon]"), page.querySelector("link[rel=icon]"));
  };

  const refresh = async () => {
    if (busy) {
      again = true;
      return;
    }
    busy = true;
    try {
      // Beneath the origin, which holds no password: fetch takes no address that has one.
      const here = location.origin + location.pathname;
      const answer = await fetch(here, { cache: "no-store" });
      if (!answer.ok && answer.status !== 404) throw new Error(`HTTP ${answer.status}`);
      show(new DOMParser().parseFromString(await answer.text(), "text/html"));
      say(polling ? "polling" : "live", polling ? "Live, every 5 s" : "Live");
    } catch {
      say("lost", "Connection lost");
    }
    busy = false;
    if (again) {
      again = false;
      refresh();
    }
  };

  const listen = () => {
    const events = new EventSource(`${document.documentElement.dataset.root}events`);
    events.addEventListener("changed", () => {
      clearInterval(polling);
      polling = null;
      refresh();
    });
    events.addEventListener("error", () => {
      polling ??= setInterval(refresh, POLL_MS);
      if (events.readyState === EventSource.CLOSED) setTimeout(listen, RETRY_MS);
    });
  };

  listen();
})();
