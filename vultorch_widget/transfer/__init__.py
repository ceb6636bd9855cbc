"""Files that pages send and fetch, and the temporary folder they lie in."""
