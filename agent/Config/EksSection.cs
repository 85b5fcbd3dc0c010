namespace Slipway.Config;

/// <summary>A hybrid node of EKS: credentials from exactly one of <see cref="Ssm"/> and <see cref="IamRolesAnywhere"/>.</summary>
/// <param name="EnableCredentialsFile">Whether the credentials are also written to a file for pods.</param>
/// <param name="Cluster">The cluster to join.</param>
/// <param name="Ssm">Credentials from an SSM activation.</param>
/// <param name="IamRolesAnywhere">Credentials from a certificate.</param>
internal sealed record EksSection(
    bool? EnableCredentialsFile, ClusterSection? Cluster, SsmSection? Ssm, IamRolesAnywhereSection? IamRolesAnywhere);

/// <summary>An EKS cluster; what is null is asked of EKS.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Region">Its region.</param>
/// <param name="ApiServerEndpoint">Its API server's https address.</param>
/// <param name="CertificateAuthority">Its CA: PEM in base64.</param>
/// <param name="Cidr">Its service network.</param>
/// <param name="RemoteNodeNetworks">The networks that its hybrid nodes may be in.</param>
internal sealed record ClusterSection(
    string? Name, string? Region, Url? ApiServerEndpoint, string? CertificateAuthority, string? Cidr, IReadOnlyList<string>? RemoteNodeNetworks);

/// <summary>An SSM hybrid activation.</summary>
/// <param name="ActivationId">A UUID.</param>
/// <param name="ActivationCode">20 to 250 characters.</param>
internal sealed record SsmSection(string? ActivationId, SecretRef? ActivationCode);

/// <summary>IAM Roles Anywhere.</summary>
/// <param name="NodeName">The certificate's common name.</param>
/// <param name="TrustAnchorArn">The trust anchor.</param>
/// <param name="ProfileArn">The profile.</param>
/// <param name="RoleArn">The role that the node takes.</param>
/// <param name="CertificatePath">The node's certificate, or null for the default path.</param>
/// <param name="PrivateKeyPath">The certificate's key, or null for the default path.</param>
internal sealed record IamRolesAnywhereSection(
    string? NodeName, string? TrustAnchorArn, string? ProfileArn, string? RoleArn, string? CertificatePath, string? PrivateKeyPath);
