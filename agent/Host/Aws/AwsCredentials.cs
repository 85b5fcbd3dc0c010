using System.Text.Json;
using Slipway.Reporting;

namespace Slipway.Hosting;

/// <summary>Who asks AWS.</summary>
/// <param name="AccessKeyId">The key's id, which is no secret.</param>
/// <param name="SecretAccessKey">The key.</param>
/// <param name="SessionToken">What goes with a temporary key; null for a lasting one.</param>
internal sealed record AwsCredentials(string AccessKeyId, string SecretAccessKey, string? SessionToken)
{
    private const string RolePath = "latest/meta-data/iam/security-credentials/";

    /// <summary>Looks in the environment, then in the node's files, then for the instance's role.</summary>
    /// <exception cref="FailureException"><c>aws.no-credentials</c>, or why the metadata service could not be asked.</exception>
    public static async Task<AwsCredentials> FindAsync(Host host, Imds imds, CancellationToken ct)
    {
        var aws = host.Aws;
        if (aws is { AccessKeyId: { } id, SecretAccessKey: { } key })
        {
            return new AwsCredentials(id, key, aws.SessionToken);
        }
        if (Profile(host, aws.CredentialsFile, aws.Profile) is { } profile)
        {
            return profile.TryGetValue("aws_access_key_id", out var fileId) && profile.TryGetValue("aws_secret_access_key", out var fileKey)
                ? new AwsCredentials(fileId, fileKey, profile.GetValueOrDefault("aws_session_token"))
                : throw None($"{aws.CredentialsFile}: profile {aws.Profile} has no aws_access_key_id with its aws_secret_access_key");
        }
        try
        {
            return await imds.GetTextAsync(RolePath, ct) is { } role && await imds.GetAsync(RolePath + role.Split('\n')[0], 1 << 20, ct) is { } json
                ? OfRole(json)
                : throw None("neither the environment nor the node's files have any, and the instance has no role");
        }
        catch (FailureException e) when (e.Failure.Code is "imds.refused" or "http.unreachable")
        {
            throw new FailureException(
                e.Failure with { What = $"no AWS credentials in the environment or in {aws.CredentialsFile}, and no instance role: {e.Failure.What}" }, e);
        }
    }

    /// <summary>The region: of the environment, of the node's files, of the instance.</summary>
    /// <exception cref="FailureException"><c>aws.no-region</c>, or why the metadata service could not be asked.</exception>
    public static async Task<string> RegionAsync(Host host, Imds imds, CancellationToken ct)
    {
        var aws = host.Aws;
        var section = aws.Profile == "default" ? "default" : $"profile {aws.Profile}";
        return aws.Region
            ?? Profile(host, aws.ConfigFile, section)?.GetValueOrDefault("region")
            ?? Profile(host, aws.CredentialsFile, aws.Profile)?.GetValueOrDefault("region")
            ?? await imds.GetTextAsync("latest/meta-data/placement/region", ct)
            ?? throw new FailureException(new Failure("aws.no-region", "the AWS region is not known"));
    }

    /// <summary>The key's id alone.</summary>
    public override string ToString() => AccessKeyId;

    private static AwsCredentials OfRole(byte[] json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            var root = document.RootElement;
            return new AwsCredentials(Text("AccessKeyId"), Text("SecretAccessKey"), Text("Token"));

            string Text(string name) => root.GetProperty(name).GetString() ?? throw new KeyNotFoundException();
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            // While a role is being taken away or given, the service sends an error in this place.
            throw None("the metadata service sent no credentials for the instance's role");
        }
    }

    /// <summary>A section of one of AWS's own files: https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html</summary>
    private static Dictionary<string, string>? Profile(Host host, string path, string name)
    {
        Dictionary<string, string>? found = null;
        var inside = false;
        foreach (var raw in (host.Files.ReadText(path) ?? "").Split('\n'))
        {
            var line = raw.Trim();
            if (line.StartsWith('['))
            {
                inside = line.Trim('[', ']', ' ') == name;
                found ??= inside ? new Dictionary<string, string>(StringComparer.Ordinal) : null;
            }
            else if (inside && line.Length > 0 && line[0] is not ('#' or ';') && line.Split('=', 2) is [var key, var value])
            {
                found![key.Trim()] = value.Trim();
            }
        }
        return found;
    }

    private static FailureException None(string why) => new(new Failure("aws.no-credentials", $"no AWS credentials: {why}"));
}
