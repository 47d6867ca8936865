"""autoscaling: HorizontalPodAutoscalers, served as v2 and, with less to say, as v1. Models pkg/apis/autoscaling."""
