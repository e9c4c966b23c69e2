{% load static %}// Keeps stylesheets, scripts, fonts and icons, and one page for when there is no connection. Never account data.
"use strict";
const STATIC = "{% get_static_prefix %}";
const OFFLINE = "{% url 'offline' %}";
const KEPT = [OFFLINE, "{% static 'css/app.css' %}", "{% static 'js/theme.js' %}", "{% static 'js/offline.js' %}", "{% static 'fonts/inter-latin-opsz-normal.woff2' %}", "{% static 'img/favicon.svg' %}"];
// The name follows the stylesheet's, so that a new release starts with a fresh cache.
const CACHE = "wealthalloc {% static 'css/app.css' %}";
const HASHED = /\.[0-9a-f]{8,}\.\w+$/;

addEventListener("install", (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(KEPT)).then(() => skipWaiting()));
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
  if (answer.ok) (await caches.open(CACHE)).put(request, answer.clone());
  return answer;
}
