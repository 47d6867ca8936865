"""Volumes that come through a claim: bound, attached to the node, staged, then mounted into the pod.

Models pkg/volume/csi and pkg/kubelet/volumemanager.
"""

from cluster_engine.volumes.plugin import Manifest, NotReady, Sources, Volume


def claim(namespace: str, name: str, source: Manifest, sources: Sources) -> Volume:
    """The volume behind a claim, once it is bound and attached."""
    found = sources.claim(namespace, source["claimName"])
    if found is None:
        raise NotReady(f'persistentvolumeclaim "{source["claimName"]}" not found')
    volume_name = found["spec"].get("volumeName", "")
    if not volume_name or (found.get("status") or {}).get("phase") != "Bound":
        raise NotReady(f"PVC {namespace}/{source['claimName']} is not bound")
    volume = sources.volume(volume_name)
    if volume is None:
        raise NotReady(f'persistentvolume "{volume_name}" not found')
    waits = sources.attached(volume)
    if waits:
        raise NotReady(waits, expected=True)
    csi = volume["spec"].get("csi")
    device = f"kubernetes.io/csi/{csi['driver']}^{csi['volumeHandle']}" if csi else ""
    return Volume(name, f"volume:{volume_name}", read_only=bool(source.get("readOnly")), device=device)
