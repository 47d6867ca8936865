"""The storage.k8s.io group: classes of storage, drivers and attachments."""
