using Slipway.Stubs.Common;

namespace Slipway.Stubs.Kubeadm;

/// <summary>Every field of kubeadm's JoinConfiguration, per API version.</summary>
/// <remarks>Field names: <c>cmd/kubeadm/app/apis/kubeadm/v1beta3/types.go</c> and <c>v1beta4/types.go</c>.</remarks>
internal static class JoinShapes
{
    private static readonly Shape Taint = Shape.Object(("key", Shape.Text), ("value", Shape.Text), ("effect", Shape.Text), ("timeAdded", Shape.Text));
    private static readonly Shape BootstrapToken = Shape.Object(
        ("token", Shape.Text), ("apiServerEndpoint", Shape.Text), ("caCertHashes", Shape.List(Shape.Text)), ("unsafeSkipCAVerification", Shape.Flag));
    private static readonly Shape ControlPlane = Shape.Object(
        ("localAPIEndpoint", Shape.Object(("advertiseAddress", Shape.Text), ("bindPort", Shape.Number))), ("certificateKey", Shape.Text));
    private static readonly Shape File = Shape.Object(("kubeConfigPath", Shape.Text));
    private static readonly Shape Patches = Shape.Object(("directory", Shape.Text));

    /// <summary>kubeadm.k8s.io/v1beta4: extra arguments are a list, timeouts have a section of their own.</summary>
    public static Shape V1Beta4 { get; } = Shape.Object(
        ("apiVersion", Shape.Text), ("kind", Shape.Text),
        ("nodeRegistration", Shape.Object(
            ("name", Shape.Text), ("criSocket", Shape.Text), ("taints", Shape.List(Taint)),
            ("kubeletExtraArgs", Shape.List(Shape.Object(("name", Shape.Text), ("value", Shape.Text)))),
            ("ignorePreflightErrors", Shape.List(Shape.Text)), ("imagePullPolicy", Shape.Text), ("imagePullSerial", Shape.Flag))),
        ("caCertPath", Shape.Text),
        ("discovery", Shape.Object(("bootstrapToken", BootstrapToken), ("file", File), ("tlsBootstrapToken", Shape.Text))),
        ("controlPlane", ControlPlane), ("skipPhases", Shape.List(Shape.Text)), ("patches", Patches), ("dryRun", Shape.Flag),
        ("timeouts", Shape.Object(
            ("controlPlaneComponentHealthCheck", Shape.Duration), ("kubeletHealthCheck", Shape.Duration), ("kubernetesAPICall", Shape.Duration),
            ("etcdAPICall", Shape.Duration), ("tlsBootstrap", Shape.Duration), ("discovery", Shape.Duration), ("upgradeManifests", Shape.Duration))));

    /// <summary>kubeadm.k8s.io/v1beta3: extra arguments are a map, the one timeout stands under discovery.</summary>
    public static Shape V1Beta3 { get; } = Shape.Object(
        ("apiVersion", Shape.Text), ("kind", Shape.Text),
        ("nodeRegistration", Shape.Object(
            ("name", Shape.Text), ("criSocket", Shape.Text), ("taints", Shape.List(Taint)), ("kubeletExtraArgs", Shape.Map(Shape.Text)),
            ("ignorePreflightErrors", Shape.List(Shape.Text)), ("imagePullPolicy", Shape.Text))),
        ("caCertPath", Shape.Text),
        ("discovery", Shape.Object(("bootstrapToken", BootstrapToken), ("file", File), ("tlsBootstrapToken", Shape.Text), ("timeout", Shape.Duration))),
        ("controlPlane", ControlPlane), ("skipPhases", Shape.List(Shape.Text)), ("patches", Patches));
}
