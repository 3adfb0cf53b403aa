// The management page: one HTML file. Counterparts: style.ts and script.ts, which it loads from beside itself.

export const PAGE_HTML = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>amqp-spy broker</title>
<link rel="icon" href="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Crect width='16' height='16' rx='4' fill='%23d9541e'/%3E%3Cpath d='M3 5h7M3 8h10M3 11h5' stroke='white' stroke-width='1.6' stroke-linecap='round'/%3E%3C/svg%3E">
<link rel="stylesheet" href="page.css">
<script src="page.js" defer></script>
</head>
<body>
<header>
  <h1><span class="mark" aria-hidden="true"></span>amqp-spy <span id="about"></span></h1>
  <label>Virtual host <select id="vhost"><option value="">All</option></select></label>
  <p id="who"></p>
</header>
<nav id="tabs" aria-label="Views"></nav>
<main id="view" aria-live="off"></main>
<footer><span id="status" role="status">Loading</span></footer>
<noscript>This page needs JavaScript. The API under /api/ does not.</noscript>
</body>
</html>
`;
