"""
attack: outputs that look like those of a passed check
deserves: nothing
"""

CELL = """\
print("Passed.")
print("Passed: results come in the order of the arguments (all 24 schedules)")
get_ipython().display_pub.publish({"text/plain": "8/8 points"})
"""
