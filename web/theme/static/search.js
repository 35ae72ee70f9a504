// On the search page, before Sphinx's own search: a page opened as a file may not read the other pages,
// and so cannot show excerpts from them.
"use strict";
if (location.protocol === "file:") DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;
