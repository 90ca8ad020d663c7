"""Images that come from the runner, over the conversation, without a registry. What does what:

    transfer.py   the verb: what is asked of the runner, in which order
    held.py       what the Engine has already, and what of it an image can stand on
    pieces.py     parts of layers that an earlier image has, so that of a big layer only what changed travels
    loading.py    the archive that the Engine loads, made while the layers come in
    engine.py     the few words of the Engine's API for it

An Engine takes an archive that leaves out what it has, on both stores: the classic one looks for a layer by its chain before
it opens its file; containerd's wants a blob only when it does not hold it. So nothing listens anywhere for it, and the Engine itself
checks every layer against its digest. Layers are named by their diff id (the digest of the plain tar), which both sides know.
"""
