using System.Text;
using System.Text.Json;
using Slipway.Hosting;
using Slipway.Reporting;

namespace Slipway.Sources;

/// <summary>A parameter of AWS Systems Manager, decrypted where it is a SecureString.</summary>
/// <remarks>https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html</remarks>
/// <param name="ParameterName">Its name, perhaps with <c>:VERSION</c> or <c>:LABEL</c>, or its ARN.</param>
internal sealed record SsmParameterSource(string ParameterName) : NetworkSource($"ssm-parameter:{ParameterName}")
{
    /// <inheritdoc/>
    protected override async Task<SourceResult> AskAsync(Host host, CancellationToken ct)
    {
        using var question = new MemoryStream();
        using (var json = new Utf8JsonWriter(question))
        {
            json.WriteStartObject();
            json.WriteString("Name", ParameterName);
            json.WriteBoolean("WithDecryption", true);
            json.WriteEndObject();
        }
        // arn:aws:ssm:REGION:ACCOUNT:parameter/NAME
        var region = ParameterName.Split(':') is ["arn", _, "ssm", { Length: > 0 } named, ..] ? named : null;
        try
        {
            var answer = await AwsCall.JsonAsync(host, "ssm", "AmazonSSM.GetParameter", question.ToArray(), region, ct);
            using var document = JsonDocument.Parse(answer);
            return Decode(Encoding.UTF8.GetBytes(document.RootElement.GetProperty("Parameter").GetProperty("Value").GetString() ?? ""), null, Name);
        }
        catch (FailureException e) when (e.Failure.Code == "aws.not-found")
        {
            return new SourceResult.Absent(e.Failure.What);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return new SourceResult.Unreachable(new Failure("aws.refused", "ssm:GetParameter: what was answered is no parameter"));
        }
    }
}
