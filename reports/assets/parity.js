/* What the pages do beyond being read: every page works without this. */
"use strict";
