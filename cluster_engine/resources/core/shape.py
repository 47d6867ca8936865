"""The fields of Go's internal structs in their order: what error texts that print whole objects show.

Models pkg/apis/core/types.go. A line names a struct and its fields, as `GoName:jsonName:Type`; the JSON name is left out
where it is the Go name with a small first letter, the type where it is a plain value. Types: `[X]` a list, `{}` a map,
`*X` an optional struct, `X` a struct, `s` text, `b` a truth value, `i` a number, `q` a quantity, `p` anything optional.
"""

from functools import cache
from typing import Any, NamedTuple

from cluster_engine.resources.kind import Manifest

STRUCTS = """
PodSpec Volumes:[Volume] InitContainers:[Container] Containers:[Container] EphemeralContainers:[EphemeralContainer] RestartPolicy:s
PodSpec TerminationGracePeriodSeconds:p ActiveDeadlineSeconds:p DNSPolicy:dnsPolicy:s NodeSelector:{} ServiceAccountName:s
PodSpec AutomountServiceAccountToken:p NodeName:s SecurityContext:*PodSecurityContext ImagePullSecrets:[LocalObjectReference] Hostname:s Subdomain:s
PodSpec SetHostnameAsFQDN:p Affinity:*Affinity SchedulerName:s Tolerations:[Toleration] HostAliases:[HostAlias] PriorityClassName:s Priority:p
PodSpec PreemptionPolicy:p DNSConfig:dnsConfig:*PodDNSConfig ReadinessGates:[PodReadinessGate] RuntimeClassName:p Overhead:{} EnableServiceLinks:p
PodSpec TopologySpreadConstraints:[TopologySpreadConstraint] OS:os:*PodOS SchedulingGates:[PodSchedulingGate] ResourceClaims:[PodResourceClaim]
PodSpec Resources:*ResourceRequirements HostnameOverride:p SchedulingGroup:p
Container Name:s Image:s Command:p Args:p WorkingDir:s Ports:[ContainerPort] EnvFrom:[EnvFromSource] Env:[EnvVar] Resources:ResourceRequirements
Container ResizePolicy:[ContainerResizePolicy] RestartPolicy:p RestartPolicyRules:[ContainerRestartRule] VolumeMounts:[VolumeMount]
Container VolumeDevices:[VolumeDevice] LivenessProbe:*Probe ReadinessProbe:*Probe StartupProbe:*Probe Lifecycle:*Lifecycle TerminationMessagePath:s
Container TerminationMessagePolicy:s ImagePullPolicy:s SecurityContext:*SecurityContext Stdin:b StdinOnce:b TTY:tty:b
EphemeralContainer +Container TargetContainerName:s
ContainerPort Name:s HostPort:i ContainerPort:i Protocol:s HostIP:s
EnvFromSource Prefix:s ConfigMapRef:*EnvSource SecretRef:*EnvSource
EnvSource Name:s Optional:p
EnvVar Name:s Value:s ValueFrom:*EnvVarSource
EnvVarSource FieldRef:*ObjectFieldSelector ResourceFieldRef:*ResourceFieldSelector ConfigMapKeyRef:*KeySelector SecretKeyRef:*KeySelector
EnvVarSource FileKeyRef:*FileKeySelector
ObjectFieldSelector APIVersion:apiVersion:s FieldPath:s
ResourceFieldSelector ContainerName:s Resource:s Divisor:q
KeySelector Name:s Key:s Optional:p
FileKeySelector VolumeName:s Path:s Key:s Optional:p
ResourceRequirements Limits:{} Requests:{} Claims:[ResourceClaim]
ResourceClaim Name:s Request:s
ContainerResizePolicy ResourceName:s RestartPolicy:s
ContainerRestartRule Action:s ExitCodes:*ContainerRestartRuleOnExitCodes
ContainerRestartRuleOnExitCodes Operator:s Values:p
VolumeMount Name:s ReadOnly:b RecursiveReadOnly:p MountPath:s SubPath:s MountPropagation:p SubPathExpr:s
VolumeDevice Name:s DevicePath:s
Probe +ProbeHandler InitialDelaySeconds:i TimeoutSeconds:i PeriodSeconds:i SuccessThreshold:i FailureThreshold:i TerminationGracePeriodSeconds:p
ProbeHandler Exec:*ExecAction HTTPGet:httpGet:*HTTPGetAction TCPSocket:tcpSocket:*TCPSocketAction GRPC:grpc:*GRPCAction
LifecycleHandler Exec:*ExecAction HTTPGet:httpGet:*HTTPGetAction TCPSocket:tcpSocket:*TCPSocketAction Sleep:*SleepAction
Lifecycle PostStart:*LifecycleHandler PreStop:*LifecycleHandler StopSignal:p
ExecAction Command:p
HTTPGetAction Path:s Port:i Host:s Scheme:s HTTPHeaders:httpHeaders:[HTTPHeader]
HTTPHeader Name:s Value:s
TCPSocketAction Port:i Host:s
GRPCAction Port:i Service:p
SleepAction Seconds:i
SecurityContext Capabilities:*Capabilities Privileged:p SELinuxOptions:seLinuxOptions:*SELinuxOptions WindowsOptions:*WindowsOptions RunAsUser:p
SecurityContext RunAsGroup:p RunAsNonRoot:p ReadOnlyRootFilesystem:p AllowPrivilegeEscalation:p ProcMount:p SeccompProfile:*Profile
SecurityContext AppArmorProfile:*Profile
Capabilities Add:p Drop:p
SELinuxOptions User:s Role:s Type:s Level:s
WindowsOptions GMSACredentialSpecName:gmsaCredentialSpecName:p GMSACredentialSpec:gmsaCredentialSpec:p RunAsUserName:p HostProcess:p
Profile Type:s LocalhostProfile:p
PodSecurityContext HostNetwork:^hostNetwork:b HostPID:^hostPID:b HostIPC:^hostIPC:b ShareProcessNamespace:^shareProcessNamespace:p
PodSecurityContext HostUsers:^hostUsers:p SELinuxOptions:seLinuxOptions:*SELinuxOptions WindowsOptions:*WindowsOptions RunAsUser:p RunAsGroup:p
PodSecurityContext RunAsNonRoot:p SupplementalGroups:p SupplementalGroupsPolicy:p FSGroup:fsGroup:p FSGroupChangePolicy:fsGroupChangePolicy:p
PodSecurityContext Sysctls:[Sysctl] SeccompProfile:*Profile AppArmorProfile:*Profile SELinuxChangePolicy:seLinuxChangePolicy:p
Sysctl Name:s Value:s
LocalObjectReference Name:s
Affinity NodeAffinity:*NodeAffinity PodAffinity:*PodAffinity PodAntiAffinity:*PodAffinity
NodeAffinity RequiredDuringSchedulingIgnoredDuringExecution:*NodeSelector
NodeAffinity PreferredDuringSchedulingIgnoredDuringExecution:[PreferredSchedulingTerm]
NodeSelector NodeSelectorTerms:[NodeSelectorTerm]
NodeSelectorTerm MatchExpressions:[NodeSelectorRequirement] MatchFields:[NodeSelectorRequirement]
NodeSelectorRequirement Key:s Operator:s Values:p
PreferredSchedulingTerm Weight:i Preference:NodeSelectorTerm
PodAffinity RequiredDuringSchedulingIgnoredDuringExecution:[PodAffinityTerm]
PodAffinity PreferredDuringSchedulingIgnoredDuringExecution:[WeightedPodAffinityTerm]
PodAffinityTerm LabelSelector:p Namespaces:p TopologyKey:s NamespaceSelector:p MatchLabelKeys:p MismatchLabelKeys:p
WeightedPodAffinityTerm Weight:i PodAffinityTerm:PodAffinityTerm
Toleration Key:s Operator:s Value:s Effect:s TolerationSeconds:p
HostAlias IP:ip:s Hostnames:p
PodDNSConfig Nameservers:p Searches:p Options:[PodDNSConfigOption]
PodDNSConfigOption Name:s Value:p
PodReadinessGate ConditionType:s
TopologySpreadConstraint MaxSkew:i TopologyKey:s WhenUnsatisfiable:s LabelSelector:p MinDomains:p NodeAffinityPolicy:p NodeTaintsPolicy:p
TopologySpreadConstraint MatchLabelKeys:p
PodOS Name:s
PodSchedulingGate Name:s
PodResourceClaim Name:s ResourceClaimName:p ResourceClaimTemplateName:p
Volume Name:s +VolumeSource
VolumeSource HostPath:*HostPath EmptyDir:*EmptyDir GCEPersistentDisk:gcePersistentDisk:*GCEPersistentDisk
VolumeSource AWSElasticBlockStore:awsElasticBlockStore:*AWSElasticBlockStore GitRepo:*GitRepo Secret:*SecretVolume NFS:nfs:*NFS ISCSI:iscsi:*ISCSI
VolumeSource Glusterfs:*Glusterfs PersistentVolumeClaim:*ClaimVolume RBD:rbd:p Quobyte:p FlexVolume:p Cinder:p CephFS:cephfs:p Flocker:p
VolumeSource DownwardAPI:downwardAPI:*DownwardAPIVolume FC:fc:p AzureFile:p ConfigMap:*ConfigMapVolume VsphereVolume:p AzureDisk:p
VolumeSource PhotonPersistentDisk:p Projected:*Projected PortworxVolume:p ScaleIO:scaleIO:p StorageOS:storageos:p CSI:csi:*CSIVolume
VolumeSource Ephemeral:*EphemeralVolume Image:*ImageVolume
HostPath Path:s Type:p
EmptyDir Medium:s SizeLimit:p
GCEPersistentDisk PDName:pdName:s FSType:fsType:s Partition:i ReadOnly:b
AWSElasticBlockStore VolumeID:volumeID:s FSType:fsType:s Partition:i ReadOnly:b
GitRepo Repository:s Revision:s Directory:s
SecretVolume SecretName:s Items:[KeyToPath] DefaultMode:p Optional:p
KeyToPath Key:s Path:s Mode:p
NFS Server:s Path:s ReadOnly:b
ISCSI TargetPortal:s IQN:iqn:s Lun:i ISCSIInterface:iscsiInterface:s FSType:fsType:s ReadOnly:b Portals:p DiscoveryCHAPAuth:chapAuthDiscovery:b
ISCSI SessionCHAPAuth:chapAuthSession:b SecretRef:*LocalObjectReference InitiatorName:p
Glusterfs EndpointsName:endpoints:s Path:s ReadOnly:b
ClaimVolume ClaimName:s ReadOnly:b
DownwardAPIVolume Items:[DownwardAPIFile] DefaultMode:p
DownwardAPIFile Path:s FieldRef:*ObjectFieldSelector ResourceFieldRef:*ResourceFieldSelector Mode:p
ConfigMapVolume Name:s Items:[KeyToPath] DefaultMode:p Optional:p
Projected Sources:[VolumeProjection] DefaultMode:p
VolumeProjection Secret:*KeysProjection DownwardAPI:downwardAPI:*DownwardAPIProjection ConfigMap:*KeysProjection
VolumeProjection ServiceAccountToken:*TokenProjection ClusterTrustBundle:*ClusterTrustBundleProjection PodCertificate:p
KeysProjection Name:s Items:[KeyToPath] Optional:p
DownwardAPIProjection Items:[DownwardAPIFile]
TokenProjection Audience:s ExpirationSeconds:i Path:s
ClusterTrustBundleProjection Name:p SignerName:p LabelSelector:p Optional:p Path:s
CSIVolume Driver:s ReadOnly:p FSType:fsType:p VolumeAttributes:{} NodePublishSecretRef:*LocalObjectReference
EphemeralVolume VolumeClaimTemplate:*ClaimTemplate
ClaimTemplate ObjectMeta:metadata:p Spec:PersistentVolumeClaimSpec
ImageVolume Reference:s PullPolicy:s
PersistentVolumeClaimSpec AccessModes:p Selector:p Resources:VolumeResourceRequirements VolumeName:s StorageClassName:p VolumeMode:p
PersistentVolumeClaimSpec DataSource:*TypedLocalObjectReference DataSourceRef:*TypedObjectReference VolumeAttributesClassName:p
VolumeResourceRequirements Limits:{} Requests:{}
TypedLocalObjectReference APIGroup:apiGroup:p Kind:s Name:s
TypedObjectReference APIGroup:apiGroup:p Kind:s Name:s Namespace:p
Taint Key:s Value:s Effect:s TimeAdded:p
NodeAddress Type:s Address:s
ObjectReference Kind:s Namespace:s Name:s UID:uid:s APIVersion:apiVersion:s ResourceVersion:s FieldPath:s
CSINodeDriver Name:s NodeID:nodeID:s TopologyKeys:p Allocatable:*CSIAllocatable
CSIAllocatable Count:p
VolumeAttachmentSpec Attacher:s Source:VolumeAttachmentSource NodeName:s
VolumeAttachmentSource PersistentVolumeName:p InlineVolumeSpec:p
PersistentVolumeSource GCEPersistentDisk:gcePersistentDisk:*GCEPersistentDisk AWSElasticBlockStore:awsElasticBlockStore:*AWSElasticBlockStore
PersistentVolumeSource HostPath:*HostPath Glusterfs:*Glusterfs NFS:nfs:*NFS RBD:rbd:p Quobyte:p ISCSI:iscsi:*ISCSI FlexVolume:p Cinder:p
PersistentVolumeSource CephFS:cephfs:p FC:fc:p Flocker:p AzureFile:p VsphereVolume:p AzureDisk:p PhotonPersistentDisk:p PortworxVolume:p
PersistentVolumeSource ScaleIO:scaleIO:p Local:*LocalVolume StorageOS:storageos:p CSI:csi:*CSIPersistentVolume
LocalVolume Path:s FSType:fsType:p
CSIPersistentVolume Driver:s VolumeHandle:s ReadOnly:b FSType:fsType:s VolumeAttributes:{} ControllerPublishSecretRef:*SecretReference
CSIPersistentVolume NodeStageSecretRef:*SecretReference NodePublishSecretRef:*SecretReference ControllerExpandSecretRef:*SecretReference
CSIPersistentVolume NodeExpandSecretRef:*SecretReference
SecretReference Name:s Namespace:s
VolumeNodeAffinity Required:*NodeSelector
DeploymentStrategy Type:s RollingUpdate:*RollingUpdate
RollingUpdate MaxUnavailable:i MaxSurge:i
DaemonSetUpdateStrategy Type:s RollingUpdate:*RollingUpdate
StatefulSetUpdateStrategy Type:s RollingUpdate:*RollingUpdateStatefulSet
RollingUpdateStatefulSet Partition:i MaxUnavailable:p
ServicePort Name:s Protocol:s AppProtocol:p Port:i TargetPort:i NodePort:i
"""

ZERO: dict[str, Any] = {"s": "", "b": False, "i": 0, "q": "0", "p": None, "{}": None}


class Field(NamedTuple):
    go: str
    name: str
    type: str


@cache
def fields(struct: str) -> tuple[Field, ...]:
    found: list[Field] = []
    for line in STRUCTS.splitlines():
        head, _, rest = line.partition(" ")
        for word in rest.split() if head == struct else ():
            if word.startswith("+"):
                found += fields(word[1:])
                continue
            go, *middle, kind = word.split(":")
            found.append(Field(go, middle[0] if middle else go[0].lower() + go[1:], kind))
    return tuple(found)


def printed(struct: str, manifest: Manifest, outer: Manifest | None = None) -> dict[str, Any]:
    """The object with every field of its struct. `^name` fields stand in the enclosing object of the manifest."""
    return {f.go: _value(f.type, (outer or {}).get(f.name[1:]) if f.name[0] == "^" else manifest.get(f.name), manifest) for f in fields(struct)}


def _value(kind: str, value: Any, outer: Manifest) -> Any:
    if kind in ZERO:
        return ZERO[kind] if value is None or (kind == "{}" and not value) else value
    if kind[0] == "[":
        return [printed(kind[1:-1], each) for each in value] if value else None
    if kind[0] == "*":
        return None if value is None else printed(kind[1:], value, outer)
    return printed(kind, value or {}, outer)
