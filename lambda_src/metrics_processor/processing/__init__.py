"""What becomes of a run's objects: latest values, metrics of the fleet, and the word that all is processed."""
