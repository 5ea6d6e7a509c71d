// node look.mjs CHROMIUM PAGE...: what a browser and axe-core say of each page, as one JSON line a page.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const [executablePath, ...pages] = process.argv.slice(2);

async function guarded(browser, url) {
  // With the page's own policy in force: what it loads, what it complains of, and whether a planted script runs.
  const page = await browser.newPage();
  const requests = [];
  const complaints = [];
  page.on("request", (request) => requests.push(request.url()));
  page.on("console", (message) => complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(String(error)));
  await page.goto(url);
  const quiet = complaints.length;
  const loaded = requests.length;
  const refused = [];
  page.on("requestfailed", (request) => refused.push(request.failure().errorText));
  const styled = await page.evaluate(() => getComputedStyle(document.querySelector(".verdict")).borderLeftWidth);
  const ran = await page.evaluate(() => {
    const script = document.createElement("script");
    script.textContent = "window.planted = true";
    document.body.append(script);
    const image = document.createElement("img");
    image.src = "http://127.0.0.1:9/x.png";
    document.body.append(image);
    return window.planted === true;
  });
  await page.emulateMedia({ media: "print" });
  const folded = await page.evaluate(() =>
    [...document.querySelectorAll("details > :not(summary)")].filter((e) => e.getBoundingClientRect().height === 0).length,
  );
  await page.close();
  return { requests: requests.slice(0, loaded), complaints: complaints.slice(0, quiet), refused, styled, ran, folded };
}

async function checked(browser, url) {
  const page = await browser.newPage({ bypassCSP: true });
  await page.goto(url);
  await page.evaluate(axe);
  const found = await page.evaluate((tags) => window.axe.run(document, { runOnly: tags }), TAGS);
  await page.close();
  const violations = found.violations.map((v) => `${v.id}: ${v.nodes.length} x ${v.help}; ${v.nodes[0].html.slice(0, 160)}`);
  return { violations, passes: found.passes.length };
}

const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
for (const path of pages) {
  const url = pathToFileURL(path).href;
  console.log(JSON.stringify({ path, url, ...(await guarded(browser, url)), ...(await checked(browser, url)) }));
}
await browser.close();
