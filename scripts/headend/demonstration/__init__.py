"""What `headend demo` shows: the story of one fault, on the terminal and as a page."""
