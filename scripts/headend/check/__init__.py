"""What AWS would refuse, or accept and then not do, found before anything is deployed: one line for each fault."""
