"""The core group: what every cluster is made of, from Namespace and Pod to Service and Secret."""
