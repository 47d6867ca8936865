"""batch: Jobs, which run pods to completion, and CronJobs, which make Jobs on a schedule. Models pkg/apis/batch."""
