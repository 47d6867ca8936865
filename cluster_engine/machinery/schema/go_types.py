"""Facts about upstream's Go types that no published schema tells: pointers, embedded structs, named texts, fields without omitempty.

They decide what a manifest looks like after the API server has read and printed it: a pointer keeps an explicit zero, a struct
that is no pointer is printed even when empty. Read off k8s.io/api's types and checked against recordings of a real server
(tests/machinery/schema/test_decode.py). Keys are `group.Type` without version.
"""


def _table(text: str) -> dict[str, frozenset[str]]:
    rows = (line.partition(":") for line in text.strip().splitlines())
    return {name.strip(): frozenset(fields.split()) for name, _, fields in rows}


# Optional texts, numbers and booleans that are pointers: an explicit "", 0 or false stays.
POINTERS = _table(
    """
admissionregistration.MatchResources: matchPolicy
admissionregistration.MutatingAdmissionPolicySpec: failurePolicy
admissionregistration.MutatingWebhook: failurePolicy matchPolicy reinvocationPolicy timeoutSeconds sideEffects
admissionregistration.NamedRuleWithOperations: scope
admissionregistration.ParamRef: parameterNotFoundAction
admissionregistration.RuleWithOperations: scope
admissionregistration.ServiceReference: path port
admissionregistration.ValidatingAdmissionPolicySpec: failurePolicy
admissionregistration.ValidatingWebhook: failurePolicy matchPolicy timeoutSeconds sideEffects
admissionregistration.Validation: reason
admissionregistration.WebhookClientConfig: url
apiextensions.CustomResourceDefinitionVersion: deprecationWarning
apiextensions.CustomResourceSubresourceScale: labelSelectorPath
apiextensions.JSONSchemaProps: $ref maximum minimum multipleOf maxLength minLength maxItems minItems maxProperties minProperties \
x-kubernetes-preserve-unknown-fields x-kubernetes-list-type x-kubernetes-map-type
apiextensions.ServiceReference: path port
apiextensions.ValidationRule: reason optionalOldSelf
apiextensions.WebhookClientConfig: url
apiregistration.ServiceReference: port
apps.DaemonSetSpec: revisionHistoryLimit
apps.DaemonSetStatus: collisionCount
apps.DeploymentSpec: progressDeadlineSeconds replicas revisionHistoryLimit
apps.DeploymentStatus: collisionCount terminatingReplicas
apps.ReplicaSetSpec: replicas
apps.ReplicaSetStatus: terminatingReplicas
apps.RollingUpdateStatefulSetStrategy: partition
apps.StatefulSetSpec: replicas revisionHistoryLimit
apps.StatefulSetStatus: collisionCount
authentication.TokenRequestSpec: expirationSeconds
autoscaling.HPAScalingRules: selectPolicy stabilizationWindowSeconds
autoscaling.HorizontalPodAutoscalerSpec: minReplicas targetCPUUtilizationPercentage
autoscaling.HorizontalPodAutoscalerStatus: currentCPUUtilizationPercentage observedGeneration
autoscaling.MetricTarget: averageUtilization
autoscaling.MetricValueStatus: averageUtilization
batch.CronJobSpec: failedJobsHistoryLimit startingDeadlineSeconds successfulJobsHistoryLimit suspend timeZone
batch.JobSpec: activeDeadlineSeconds backoffLimit backoffLimitPerIndex completionMode completions managedBy manualSelector maxFailedIndexes \
parallelism podReplacementPolicy suspend ttlSecondsAfterFinished
batch.JobStatus: failedIndexes ready terminating
batch.PodFailurePolicyOnExitCodesRequirement: containerName
batch.SuccessPolicyRule: succeededCount succeededIndexes
certificates.CertificateSigningRequestSpec: expirationSeconds
coordination.LeaseSpec: holderIdentity leaseDurationSeconds leaseTransitions preferredHolder strategy
core.AppArmorProfile: localhostProfile
core.AzureDiskVolumeSource: cachingMode fsType readOnly kind
core.AzureFilePersistentVolumeSource: secretNamespace
core.CSIVolumeSource: fsType readOnly
core.ClusterTrustBundleProjection: name optional signerName
core.ConfigMap: immutable
core.ConfigMapEnvSource: optional
core.ConfigMapKeySelector: optional
core.ConfigMapProjection: optional
core.ConfigMapVolumeSource: defaultMode optional
core.Container: restartPolicy
core.ContainerStatus: started stopSignal
core.DownwardAPIVolumeFile: mode
core.DownwardAPIVolumeSource: defaultMode
core.EndpointAddress: nodeName
core.EndpointPort: appProtocol
core.EphemeralContainer: restartPolicy
core.FCVolumeSource: lun
core.FileKeySelector: optional
core.GRPCAction: service
core.GlusterfsPersistentVolumeSource: endpointsNamespace
core.HostPathVolumeSource: type
core.ISCSIPersistentVolumeSource: initiatorName
core.ISCSIVolumeSource: initiatorName
core.KeyToPath: mode
core.Lifecycle: stopSignal
core.LoadBalancerIngress: ipMode
core.LocalVolumeSource: fsType
core.NodeFeatures: supplementalGroupsPolicy
core.NodeRuntimeHandlerFeatures: recursiveReadOnlyMounts userNamespaces
core.NodeSwapStatus: capacity
core.PersistentVolumeClaimSpec: storageClassName volumeAttributesClassName volumeMode
core.PersistentVolumeClaimStatus: currentVolumeAttributesClassName
core.PersistentVolumeSpec: volumeAttributesClassName volumeMode
core.PodCertificateProjection: maxExpirationSeconds
core.PodDNSConfigOption: value
core.PodResourceClaim: resourceClaimName resourceClaimTemplateName
core.PodResourceClaimStatus: resourceClaimName
core.PodSchedulingGroup: podGroupName
core.PodSecurityContext: fsGroup fsGroupChangePolicy runAsGroup runAsNonRoot runAsUser seLinuxChangePolicy supplementalGroupsPolicy
core.PodSpec: activeDeadlineSeconds automountServiceAccountToken enableServiceLinks hostUsers hostnameOverride preemptionPolicy priority \
runtimeClassName setHostnameAsFQDN shareProcessNamespace terminationGracePeriodSeconds
core.PortStatus: error
core.Probe: terminationGracePeriodSeconds
core.ProjectedVolumeSource: defaultMode
core.ReplicationControllerSpec: replicas
core.SeccompProfile: localhostProfile
core.Secret: immutable
core.SecretEnvSource: optional
core.SecretKeySelector: optional
core.SecretProjection: optional
core.SecretVolumeSource: defaultMode optional
core.SecurityContext: allowPrivilegeEscalation privileged procMount readOnlyRootFilesystem runAsGroup runAsNonRoot runAsUser
core.ClientIPConfig: timeoutSeconds
core.ContainerRestartRule: exitCodes
core.ServiceAccount: automountServiceAccountToken
core.ServiceAccountTokenProjection: expirationSeconds
core.ServicePort: appProtocol
core.ServiceSpec: allocateLoadBalancerNodePorts internalTrafficPolicy ipFamilyPolicy loadBalancerClass trafficDistribution
core.Toleration: tolerationSeconds
core.TopologySpreadConstraint: minDomains nodeAffinityPolicy nodeTaintsPolicy
core.TypedLocalObjectReference: apiGroup
core.TypedObjectReference: apiGroup namespace
core.VolumeMount: mountPropagation recursiveReadOnly
core.VolumeMountStatus: recursiveReadOnly
core.WindowsSecurityContextOptions: gmsaCredentialSpec gmsaCredentialSpecName hostProcess runAsUserName
discovery.Endpoint: hostname nodeName zone
discovery.EndpointConditions: ready serving terminating
discovery.EndpointPort: appProtocol name port protocol
flowcontrol.ExemptPriorityLevelConfiguration: lendablePercent nominalConcurrencyShares
flowcontrol.LimitedPriorityLevelConfiguration: borrowingLimitPercent lendablePercent nominalConcurrencyShares
meta.DeleteOptions: gracePeriodSeconds ignoreStoreReadErrorWithClusterBreakingPotential orphanDependents propagationPolicy
meta.ListMeta: remainingItemCount
meta.ObjectMeta: deletionGracePeriodSeconds managedFields
meta.OwnerReference: blockOwnerDeletion controller
meta.Preconditions: resourceVersion uid
networking.HTTPIngressPath: pathType
networking.IPAddressSpec: parentRef
networking.IngressClassParametersReference: apiGroup namespace scope
networking.IngressPortStatus: error
networking.IngressSpec: ingressClassName
networking.NetworkPolicyPort: endPort protocol
policy.PodDisruptionBudgetSpec: unhealthyPodEvictionPolicy
resource.AllocatedDeviceStatus: shareID
resource.Device: allNodes allowMultipleAllocations bindsToNode nodeName
resource.DeviceAttribute: bool int string version
resource.DeviceClassSpec: extendedResourceName
resource.DeviceConstraint: distinctAttribute matchAttribute
resource.DeviceRequestAllocationResult: adminAccess shareID
resource.DeviceToleration: tolerationSeconds
resource.ExactDeviceRequest: adminAccess
resource.ResourceSliceSpec: allNodes nodeName perDeviceNodeSelection
scheduling.PriorityClass: preemptionPolicy
storage.CSIDriverSpec: attachRequired fsGroupPolicy nodeAllocatableUpdatePeriodSeconds podInfoOnMount preventPodSchedulingIfMissing \
requiresRepublish seLinuxMount serviceAccountTokenInSecrets storageCapacity
storage.StorageClass: allowVolumeExpansion reclaimPolicy volumeBindingMode
storage.TokenRequest: expirationSeconds
storage.VolumeAttachmentSource: persistentVolumeName
storage.VolumeError: errorCode
storage.VolumeNodeResources: count
""".replace("\\\n", "")
)

# Optional structs that are no pointers: printed even when empty. `metadata` of type ObjectMeta always is one.
STRUCTS = _table("""
admissionregistration.MutatingAdmissionPolicy: spec
admissionregistration.MutatingAdmissionPolicyBinding: spec
admissionregistration.ValidatingAdmissionPolicy: spec status
apiextensions.CustomResourceDefinition: status
apiextensions.CustomResourceDefinitionStatus: acceptedNames
apiregistration.APIService: spec status
apps.DaemonSet: spec status
apps.DaemonSetSpec: updateStrategy
apps.Deployment: spec status
apps.DeploymentSpec: strategy
apps.ReplicaSet: spec status
apps.ReplicaSetSpec: template
apps.StatefulSet: spec status
apps.StatefulSetSpec: updateStrategy
authentication.SelfSubjectReview: status
authentication.SelfSubjectReviewStatus: userInfo
authentication.TokenRequest: spec status
authentication.TokenReview: status
authentication.TokenReviewStatus: user
authorization.LocalSubjectAccessReview: status
authorization.SelfSubjectAccessReview: status
authorization.SelfSubjectRulesReview: status
authorization.SubjectAccessReview: status
autoscaling.HorizontalPodAutoscaler: status
autoscaling.Scale: spec status
batch.CronJob: spec status
batch.Job: spec status
batch.JobTemplateSpec: spec
certificates.CertificateSigningRequest: status
coordination.Lease: spec
core.Container: resources
core.ContainerStatus: lastState state
core.EphemeralContainer: resources
core.Event: source
core.LimitRange: spec
core.Namespace: spec status
core.Node: spec status
core.NodeDaemonEndpoints: kubeletEndpoint
core.NodeStatus: daemonEndpoints nodeInfo
core.PersistentVolume: spec status
core.PersistentVolumeClaim: spec status
core.PersistentVolumeClaimSpec: resources
core.Pod: spec status
core.PodTemplate: template
core.PodTemplateSpec: spec
core.ReplicationController: spec status
core.ResourceQuota: spec status
core.Service: spec status
core.ServiceStatus: loadBalancer
discovery.Endpoint: conditions
events.Event: deprecatedSource regarding
flowcontrol.FlowSchema: spec status
flowcontrol.PriorityLevelConfiguration: spec status
flowcontrol.LimitedPriorityLevelConfiguration: limitResponse
networking.Ingress: spec status
networking.IngressClass: spec
networking.IngressServiceBackend: port
networking.IngressStatus: loadBalancer
networking.NetworkPolicy: spec
networking.NetworkPolicySpec: podSelector
networking.ServiceCIDR: spec status
networking.IPAddress: spec
policy.PodDisruptionBudget: spec status
resource.ResourceClaim: status
resource.ResourceClaimSpec: devices
resource.AllocationResult: devices
storage.VolumeAttachment: status
""")

# Required structs that are pointers all the same: printed as null.
NULLS = _table("""
apps.DaemonSetSpec: selector
apps.DeploymentSpec: selector
apps.ReplicaSetSpec: selector
apps.StatefulSetSpec: selector
core.ScaleIOPersistentVolumeSource: secretRef
core.ScaleIOVolumeSource: secretRef
core.NodeSelector: nodeSelectorTerms
""")

# Optional fields without omitempty, and times that are no pointers: printed as null, "", 0 or false.
PRINTED = _table("""
apiextensions.CustomResourceDefinitionStatus: conditions storedVersions
apps.ControllerRevision: data
apps.StatefulSetSpec: serviceName
apps.StatefulSetStatus: availableReplicas
apps.DaemonSetCondition: lastTransitionTime
apps.DeploymentCondition: lastTransitionTime lastUpdateTime
apps.ReplicaSetCondition: lastTransitionTime
apps.StatefulSetCondition: lastTransitionTime
authentication.TokenRequestSpec: audiences boundObjectRef
authentication.TokenRequestStatus: token expirationTimestamp
autoscaling.HorizontalPodAutoscalerStatus: currentMetrics
autoscaling.HorizontalPodAutoscalerCondition: lastTransitionTime
batch.JobCondition: lastProbeTime lastTransitionTime
certificates.CertificateSigningRequestCondition: lastTransitionTime lastUpdateTime
core.ComponentStatus: conditions
core.ContainerStateRunning: startedAt
core.ContainerStateTerminated: startedAt finishedAt
core.Event: eventTime firstTimestamp lastTimestamp reportingComponent reportingInstance
core.EventSeries: lastObservedTime
core.NamespaceCondition: lastTransitionTime
core.NodeCondition: lastHeartbeatTime lastTransitionTime
core.PersistentVolumeClaimCondition: lastProbeTime lastTransitionTime
core.PodCondition: lastProbeTime lastTransitionTime
core.ReplicationControllerCondition: lastTransitionTime
core.ContainerImage: names
core.ResourceFieldSelector: divisor
core.TypedLocalObjectReference: apiGroup
core.TypedObjectReference: apiGroup
discovery.EndpointSlice: endpoints ports
events.Event: deprecatedFirstTimestamp deprecatedLastTimestamp
flowcontrol.FlowSchemaCondition: lastTransitionTime
flowcontrol.FlowSchemaSpec: matchingPrecedence
flowcontrol.PriorityLevelConfigurationCondition: lastTransitionTime
flowcontrol.ResourcePolicyRule: namespaces
flowcontrol.QueuingConfiguration: queues handSize queueLengthLimit
policy.PodDisruptionBudgetStatus: currentHealthy desiredHealthy disruptionsAllowed expectedPods
rbac.ClusterRole: rules
rbac.Role: rules
rbac.RoleRef: apiGroup
resource.DeviceClaim: requests
scheduling.PriorityClass: value
storage.CSINodeDriver: topologyKeys
storage.StorageClass: provisioner
apiextensions.CustomResourceDefinitionCondition: lastTransitionTime
apiregistration.APIServiceCondition: lastTransitionTime
apiregistration.APIServiceSpec: groupPriorityMinimum versionPriority
storage.VolumeError: time
""")

# Required fields that are left out when empty all the same (omitempty with +required).
OMITTED = _table("""
networking.IPAddressSpec: parentRef
admissionregistration.ValidatingAdmissionPolicyBindingSpec: policyName validationActions
resource.ExactDeviceRequest: deviceClassName
""")

# Structs that Go embeds: an error's path names them before their fields.
EMBEDDED: dict[str, tuple[str, frozenset[str]]] = {
    "core.Probe": ("ProbeHandler", frozenset({"exec", "httpGet", "tcpSocket", "grpc"})),
    "networking.IngressRule": ("IngressRuleValue", frozenset({"http"})),
    "core.ConfigMapEnvSource": ("LocalObjectReference", frozenset({"name"})),
    "core.ConfigMapKeySelector": ("LocalObjectReference", frozenset({"name"})),
    "core.ConfigMapProjection": ("LocalObjectReference", frozenset({"name"})),
    "core.ConfigMapVolumeSource": ("LocalObjectReference", frozenset({"name"})),
    "core.SecretEnvSource": ("LocalObjectReference", frozenset({"name"})),
    "core.SecretKeySelector": ("LocalObjectReference", frozenset({"name"})),
    "core.SecretProjection": ("LocalObjectReference", frozenset({"name"})),
    "admissionregistration.RuleWithOperations": ("Rule", frozenset({"apiGroups", "apiVersions", "resources", "scope"})),
    "resource.DeviceAllocationConfiguration": ("DeviceConfiguration", frozenset({"opaque"})),
    "resource.DeviceClaimConfiguration": ("DeviceConfiguration", frozenset({"opaque"})),
    "resource.DeviceClassConfiguration": ("DeviceConfiguration", frozenset({"opaque"})),
}
EMBEDDED_REST = {
    "core.Volume": ("VolumeSource", {"name"}),
    "core.EphemeralContainer": ("EphemeralContainerCommon", {"targetContainerName"}),
}

# Texts that have a Go type of their own.
NAMED_TEXTS: dict[str, str] = {
    "core.Secret.type": "SecretType",
    "core.PodSpec.restartPolicy": "RestartPolicy",
    "core.PodSpec.dnsPolicy": "DNSPolicy",
    "core.PodSpec.preemptionPolicy": "PreemptionPolicy",
    "core.PodSecurityContext.fsGroupChangePolicy": "PodFSGroupChangePolicy",
    "core.Container.imagePullPolicy": "PullPolicy",
    "core.Container.restartPolicy": "ContainerRestartPolicy",
    "core.Container.terminationMessagePolicy": "TerminationMessagePolicy",
    "core.EphemeralContainer.imagePullPolicy": "PullPolicy",
    "core.ContainerPort.protocol": "Protocol",
    "core.ServicePort.protocol": "Protocol",
    "core.EndpointPort.protocol": "Protocol",
    "discovery.EndpointPort.protocol": "Protocol",
    "core.HTTPGetAction.scheme": "URIScheme",
    "core.ServiceSpec.type": "ServiceType",
    "core.ServiceSpec.sessionAffinity": "ServiceAffinity",
    "core.ServiceSpec.externalTrafficPolicy": "ServiceExternalTrafficPolicy",
    "core.ServiceSpec.internalTrafficPolicy": "ServiceInternalTrafficPolicy",
    "core.ServiceSpec.ipFamilyPolicy": "IPFamilyPolicy",
    "core.ServiceSpec.ipFamilies": "IPFamily",
    "core.PersistentVolumeClaimSpec.accessModes": "PersistentVolumeAccessMode",
    "core.PersistentVolumeSpec.accessModes": "PersistentVolumeAccessMode",
    "core.PersistentVolumeClaimStatus.accessModes": "PersistentVolumeAccessMode",
    "core.PersistentVolumeClaimSpec.volumeMode": "PersistentVolumeMode",
    "core.PersistentVolumeSpec.volumeMode": "PersistentVolumeMode",
    "core.PersistentVolumeSpec.persistentVolumeReclaimPolicy": "PersistentVolumeReclaimPolicy",
    "core.PersistentVolumeClaimStatus.phase": "PersistentVolumeClaimPhase",
    "core.PersistentVolumeStatus.phase": "PersistentVolumePhase",
    "core.PodStatus.phase": "PodPhase",
    "core.PodStatus.qosClass": "PodQOSClass",
    "core.NamespaceStatus.phase": "NamespacePhase",
    "core.NamespaceSpec.finalizers": "FinalizerName",
    "core.Taint.effect": "TaintEffect",
    "core.Toleration.effect": "TaintEffect",
    "core.Toleration.operator": "TolerationOperator",
    "core.NodeSelectorRequirement.operator": "NodeSelectorOperator",
    "core.EmptyDirVolumeSource.medium": "StorageMedium",
    "core.HostPathVolumeSource.type": "HostPathType",
    "core.VolumeMount.mountPropagation": "MountPropagationMode",
    "core.SeccompProfile.type": "SeccompProfileType",
    "core.TopologySpreadConstraint.whenUnsatisfiable": "UnsatisfiableConstraintAction",
    "core.LimitRangeItem.type": "LimitType",
    "core.ResourceQuotaSpec.scopes": "ResourceQuotaScope",
    "core.Capabilities.add": "Capability",
    "core.Capabilities.drop": "Capability",
    "meta.LabelSelectorRequirement.operator": "LabelSelectorOperator",
    "meta.ObjectMeta.uid": "types.UID",
    "meta.OwnerReference.uid": "types.UID",
    "core.ObjectReference.uid": "types.UID",
    "meta.ManagedFieldsEntry.operation": "ManagedFieldsOperationType",
    "meta.DeleteOptions.propagationPolicy": "DeletionPropagation",
    "apps.DeploymentStrategy.type": "DeploymentStrategyType",
    "apps.DaemonSetUpdateStrategy.type": "DaemonSetUpdateStrategyType",
    "apps.StatefulSetUpdateStrategy.type": "StatefulSetUpdateStrategyType",
    "apps.StatefulSetSpec.podManagementPolicy": "PodManagementPolicyType",
    "batch.CronJobSpec.concurrencyPolicy": "ConcurrencyPolicy",
    "batch.JobSpec.completionMode": "CompletionMode",
    "batch.JobSpec.podReplacementPolicy": "PodReplacementPolicy",
    "autoscaling.MetricSpec.type": "MetricSourceType",
    "autoscaling.MetricTarget.type": "MetricTargetType",
    "networking.HTTPIngressPath.pathType": "PathType",
    "networking.NetworkPolicySpec.policyTypes": "PolicyType",
    "networking.NetworkPolicyPort.protocol": "Protocol",
    "discovery.EndpointSlice.addressType": "AddressType",
    "scheduling.PriorityClass.preemptionPolicy": "PreemptionPolicy",
    "storage.StorageClass.reclaimPolicy": "PersistentVolumeReclaimPolicy",
    "storage.StorageClass.volumeBindingMode": "VolumeBindingMode",
    "storage.CSIDriverSpec.fsGroupPolicy": "FSGroupPolicy",
    "admissionregistration.RuleWithOperations.operations": "OperationType",
    "admissionregistration.RuleWithOperations.scope": "ScopeType",
    "admissionregistration.ValidatingWebhook.failurePolicy": "FailurePolicyType",
    "admissionregistration.ValidatingWebhook.sideEffects": "SideEffectClass",
    "admissionregistration.ValidatingWebhook.matchPolicy": "MatchPolicyType",
    "admissionregistration.MutatingWebhook.failurePolicy": "FailurePolicyType",
    "admissionregistration.MutatingWebhook.sideEffects": "SideEffectClass",
    "admissionregistration.MutatingWebhook.matchPolicy": "MatchPolicyType",
    "apiextensions.CustomResourceDefinitionSpec.scope": "ResourceScope",
    "certificates.CertificateSigningRequestSpec.usages": "KeyUsage",
}

# Maps of quantities that are a Go type of their own.
RESOURCE_LISTS = {"capacity", "allocatable", "limits", "requests", "hard", "used", "overhead", "podFixed", "allocatedResources", "max", "min", "default"} | {
    "defaultRequest",
    "maxLimitRequestRatio",
}

# Values that the key fields of lists have when they are not given.
KEY_DEFAULTS = {
    "core.ContainerPort.protocol": "TCP",
    "core.ServicePort.protocol": "TCP",
    "core.EndpointPort.protocol": "TCP",
    "core.LocalObjectReference.name": "",
}
