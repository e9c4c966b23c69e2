// Applies what this device remembers (theme, gain colours, density, hidden amounts) before the first paint.
(() => {
  "use strict";
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");

  const read = (key, fallback) => {
    try {
      return localStorage.getItem(`wealthalloc.${key}`) || fallback;
    } catch {
      return fallback;
    }
  };
  const write = (key, value) => {
    try {
      localStorage.setItem(`wealthalloc.${key}`, value);
    } catch {
      // A browser that forbids storage keeps the choice for this page only.
    }
  };

  const settings = {
    theme: read("theme", "auto"),
    gain: read("gain", "green-red"),
    density: read("density", "comfortable"),
    privacy: read("privacy", "off"),
    keys: read("keys", "on"),
  };

  const apply = () => {
    const isDark = settings.theme === "dark" || (settings.theme === "auto" && dark.matches);
    root.dataset.theme = isDark ? "wealth-dark" : "wealth";
    root.dataset.gain = settings.gain;
    root.dataset.density = settings.density;
    root.dataset.keys = settings.keys;
    root.classList.toggle("privacy", settings.privacy === "on");
  };

  window.device = {
    get: (key) => settings[key],
    set(key, value) {
      settings[key] = value;
      write(key, value);
      apply();
      document.dispatchEvent(new CustomEvent("device:change", { detail: { key, value } }));
    },
  };
  apply();
  dark.addEventListener("change", () => {
    apply();
    document.dispatchEvent(new CustomEvent("device:change", { detail: { key: "theme", value: settings.theme } }));
  });
})();
