"""
attack: verify, unseen and the helpers of the checks replaced by friendlier ones
deserves: nothing
"""

CELL = """\
import servicelab
import servicelab.observe
import servicelab.stimuli

def verify(check, **options):
    print("Passed")

unseen = error_of = describe = verify
for module in (servicelab, servicelab.verify, servicelab.observe, servicelab.stimuli):
    for name in ("verify", "unseen", "error_of", "describe", "run_once", "encode"):
        setattr(module, name, verify)
"""
