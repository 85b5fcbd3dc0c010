using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Slipway.Reporting;

namespace Slipway.Commands;

/// <summary>Results as JSON for scripts: one object with a <c>schemaVersion</c>, indented, and a line feed at its end.</summary>
internal static class JsonOutput
{
    /// <summary>Writes an object.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="write">Writes its properties.</param>
    public static void Write(TextWriter output, Action<Utf8JsonWriter> write)
    {
        using var buffer = new MemoryStream();
        // For a terminal or a script, never for HTML: characters stay readable.
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteNumber("schemaVersion", 1);
            write(json);
            json.WriteEndObject();
        }
        output.WriteLine(Encoding.UTF8.GetString(buffer.ToArray()));
    }

    /// <summary>Writes why there is no result: a failure that no field of the configuration stands for.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="failure">Why.</param>
    /// <param name="hasVerdict">Whether the result says of a configuration if it is valid.</param>
    public static void WriteFailure(TextWriter output, Failure failure, bool hasVerdict) => Write(output, json =>
    {
        if (hasVerdict)
        {
            json.WriteBoolean("valid", false);
        }
        json.WriteStartArray("problems");
        json.WriteStartObject();
        json.WriteString("severity", "error");
        json.WriteString("code", failure.Code);
        json.WriteString("message", failure.What);
        json.WriteString("fix", failure.Remedy);
        json.WriteEndObject();
        json.WriteEndArray();
    });
}
