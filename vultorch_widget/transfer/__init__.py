"""Files that pages upload and download, and their temporary folder."""
