// The service worker: keeps styles, scripts, fonts and icons, and one page for when there is no connection.
// Never account data: whatever is not a static file is asked of the server every time and not kept.
"use strict";
const CACHE = "wealthalloc-1";
const OFFLINE = "/offline/";
const STATIC = "/static/";
const HASHED = /\.[0-9a-f]{8,}\.\w+$/;
const MOST_FILES = 150;

// The offline page itself says which files it needs.
async function keepOffline() {
  const cache = await caches.open(CACHE);
  const answer = await fetch(OFFLINE, { cache: "reload", credentials: "omit" });
  if (!answer.ok) throw new Error(`offline page: ${answer.status}`);
  const text = await answer.clone().text();
  const files = [...text.matchAll(/(?:href|src)="(\/static\/[^"#]+)"/g)].map((found) => found[1]);
  await cache.put(OFFLINE, answer);
  await cache.addAll([...new Set(files)]);
}

addEventListener("install", (event) => {
  event.waitUntil(keepOffline().then(() => skipWaiting()));
});
addEventListener("activate", (event) => {
  const drop = (names) => Promise.all(names.filter((name) => name !== CACHE).map((name) => caches.delete(name)));
  event.waitUntil(caches.keys().then(drop).then(() => clients.claim()));
});
addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (url.pathname.startsWith(STATIC)) event.respondWith(HASHED.test(url.pathname) ? kept(request) : fresh(request));
  else if (request.mode === "navigate") event.respondWith(fetch(request).catch(() => caches.match(OFFLINE)));
});

// A name with a digest never changes its content: what is kept is right.
async function kept(request) {
  return (await caches.match(request)) || keep(request);
}
// Without a digest the server is asked first.
async function fresh(request) {
  try {
    return await keep(request);
  } catch (failure) {
    const old = await caches.match(request);
    if (old) return old;
    throw failure;
  }
}
async function keep(request) {
  const answer = await fetch(request);
  if (answer.ok) {
    const cache = await caches.open(CACHE);
    await cache.put(request, answer.clone());
    const names = await cache.keys();
    // Files of earlier releases go, the oldest first; those of the offline page were kept at the start and are few.
    if (names.length > MOST_FILES) await cache.delete(names[names.length - MOST_FILES + 10]);
  }
  return answer;
}
