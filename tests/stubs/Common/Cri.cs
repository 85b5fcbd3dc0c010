using System.Buffers.Binary;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;

namespace Slipway.Stubs.Common;

/// <summary>The container runtime's CRI v1 over its Unix socket: real gRPC, so that a runtime without the CRI plugin is noticed.</summary>
/// <remarks>gRPC framing: https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md; messages: <c>cri-api/pkg/apis/runtime/v1/api.proto</c>.</remarks>
internal static class Cri
{
    /// <summary>Name and version of the runtime: VersionResponse fields 2 and 3, and 4 the API version.</summary>
    public static async Task<(string Name, string Version, string ApiVersion)> VersionAsync(string endpoint)
    {
        Protobuf reply = new(await CallAsync(endpoint, "runtime.v1.RuntimeService", "Version").ConfigureAwait(false));
        return (reply.Text(2), reply.Text(3), reply.Text(4));
    }

    /// <summary>The runtime's conditions, such as RuntimeReady and NetworkReady, with their messages when false.</summary>
    public static async Task<IReadOnlyList<(string Type, bool Status, string Message)>> ConditionsAsync(string endpoint)
    {
        Protobuf reply = new(await CallAsync(endpoint, "runtime.v1.RuntimeService", "Status").ConfigureAwait(false));
        return [.. reply.Messages(1).SelectMany(status => status.Messages(1)).Select(c => (c.Text(1), c.Number(2) == 1, c.Text(4)))];
    }

    /// <summary>How many entries a List call gives.</summary>
    public static async Task<int> CountAsync(string endpoint, string service, string method) =>
        new Protobuf(await CallAsync(endpoint, service, method).ConfigureAwait(false)).Messages(1).Count();

    private static async Task<byte[]> CallAsync(string endpoint, string service, string method)
    {
        if (!endpoint.StartsWith("unix://", StringComparison.Ordinal))
        {
            throw new FatalException($"only unix:// endpoints are supported, got \"{endpoint}\"");
        }
        string path = endpoint["unix://".Length..];
        using SocketsHttpHandler handler = new()
        {
            UseProxy = false,
            ConnectCallback = async (_, ct) =>
            {
                Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                try
                {
                    await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), ct).ConfigureAwait(false);
                    return new NetworkStream(socket, ownsSocket: true);
                }
                catch
                {
                    socket.Dispose();
                    throw;
                }
            },
        };
        using HttpClient http = new(handler) { Timeout = TimeSpan.FromSeconds(10) };
        using HttpRequestMessage request = new(HttpMethod.Post, $"http://localhost/{service}/{method}")
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(new byte[5]),
        };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        request.Headers.TE.Add(new TransferCodingWithQualityHeaderValue("trailers"));
        try
        {
            using HttpResponseMessage response = await http.SendAsync(request).ConfigureAwait(false);
            byte[] body = await response.Content.ReadAsByteArrayAsync().ConfigureAwait(false);
            string status = Header(response, "grpc-status"), message = Uri.UnescapeDataString(Header(response, "grpc-message"));
            return status is "0" or "" && body.Length >= 5 ? body[5..(5 + (int)BinaryPrimitives.ReadUInt32BigEndian(body.AsSpan(1)))]
                : throw new FatalException($"rpc error: code = {(status == "12" ? "Unimplemented" : status)} desc = {message}");
        }
        catch (HttpRequestException e)
        {
            string cause = e.InnerException is SocketException socket ? socket.SocketErrorCode switch
            {
                SocketError.ConnectionRefused => "connect: connection refused",
                SocketError.AddressNotAvailable or SocketError.AccessDenied => "connect: permission denied",
                _ => "connect: no such file or directory",
            } : e.Message;
            throw new FatalException(
                $"rpc error: code = Unavailable desc = connection error: desc = \"transport: Error while dialing: dial unix {path}: {cause}\"");
        }
        catch (OperationCanceledException)
        {
            throw new FatalException("rpc error: code = DeadlineExceeded desc = context deadline exceeded");
        }
    }

    private static string Header(HttpResponseMessage response, string name) =>
        response.TrailingHeaders.TryGetValues(name, out IEnumerable<string>? values) || response.Headers.TryGetValues(name, out values) ? values.First() : "";
}
