namespace Slipway.Hosting;

/// <summary>What the environment says of AWS, in the variables that all of its tools know.</summary>
/// <remarks>https://docs.aws.amazon.com/sdkref/latest/guide/environment-variables.html</remarks>
internal sealed record AwsEnvironment
{
    /// <summary><c>AWS_ACCESS_KEY_ID</c>.</summary>
    public string? AccessKeyId { get; init; }

    /// <summary><c>AWS_SECRET_ACCESS_KEY</c>.</summary>
    public string? SecretAccessKey { get; init; }

    /// <summary><c>AWS_SESSION_TOKEN</c>.</summary>
    public string? SessionToken { get; init; }

    /// <summary><c>AWS_REGION</c>, else <c>AWS_DEFAULT_REGION</c>.</summary>
    public string? Region { get; init; }

    /// <summary><c>AWS_PROFILE</c>: the section of the files below.</summary>
    public string Profile { get; init; } = "default";

    /// <summary><c>AWS_SHARED_CREDENTIALS_FILE</c>, a path of the node.</summary>
    public string CredentialsFile { get; init; } = "/root/.aws/credentials";

    /// <summary><c>AWS_CONFIG_FILE</c>, a path of the node.</summary>
    public string ConfigFile { get; init; } = "/root/.aws/config";

    /// <summary><c>AWS_ENDPOINT_URL</c>: where services are asked instead of at their public address.</summary>
    public string? EndpointUrl { get; init; }

    /// <summary><c>AWS_EC2_METADATA_SERVICE_ENDPOINT</c>: where the instance metadata service is, when not at its usual address.</summary>
    public string? MetadataEndpoint { get; init; }

    /// <summary>The environment of this process.</summary>
    public static AwsEnvironment OfProcess()
    {
        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile) is { Length: > 0 } known ? known : "/root";
        return new AwsEnvironment
        {
            AccessKeyId = Variable("AWS_ACCESS_KEY_ID"),
            SecretAccessKey = Variable("AWS_SECRET_ACCESS_KEY"),
            SessionToken = Variable("AWS_SESSION_TOKEN"),
            Region = Variable("AWS_REGION") ?? Variable("AWS_DEFAULT_REGION"),
            Profile = Variable("AWS_PROFILE") ?? "default",
            CredentialsFile = Variable("AWS_SHARED_CREDENTIALS_FILE") ?? $"{home}/.aws/credentials",
            ConfigFile = Variable("AWS_CONFIG_FILE") ?? $"{home}/.aws/config",
            EndpointUrl = Variable("AWS_ENDPOINT_URL"),
            MetadataEndpoint = Variable("AWS_EC2_METADATA_SERVICE_ENDPOINT"),
        };
    }

    /// <summary>Nothing of it: it holds credentials.</summary>
    public override string ToString() => nameof(AwsEnvironment);

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
