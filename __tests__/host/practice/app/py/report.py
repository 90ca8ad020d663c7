"""What runs by the clock: leaves a line of each run where it outlives releases."""
from told import told

with open('../reports/log', 'ab') as file:
    file.write(told() + b'\n')
