"""The page behind the link of an approval: what is asked, two buttons, and what became of the answer."""
