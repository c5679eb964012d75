"""Lambda: functions in processes of their own."""
