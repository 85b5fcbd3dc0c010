using Slipway.Hosting;

namespace Slipway.Tests.Hosting;

/// <summary>Connections come from privileged ports, another one each time; what is nobody is told from what is somebody who refuses.</summary>
public sealed class VsockTests : IDisposable
{
    private const int EPERM = 1, EINTR = 4, EACCES = 13, ENODEV = 19, EAFNOSUPPORT = 97, EADDRINUSE = 98, ECONNRESET = 104, ENOBUFS = 105,
        ETIMEDOUT = 110, ECONNREFUSED = 111;

    private readonly ManualClock clock = new();
    private readonly Node node;
    private readonly List<uint> ports = [];
    private readonly Queue<VsockAttempt> outcomes = new();
    private readonly Vsock vsock;

    public VsockTests()
    {
        node = new Node(clock);
        vsock = new Vsock(port =>
        {
            ports.Add(port);
            return outcomes.TryDequeue(out var outcome) ? outcome : new VsockAttempt(new MemoryStream(), "", 0);
        });
    }

    public void Dispose() => node.Dispose();

    [Fact]
    public async Task Each_connection_comes_from_the_next_lower_port()
    {
        Assert.NotNull(await ConnectAsync());
        Assert.NotNull(await ConnectAsync());
        Assert.Equal([1023u, 1022u], ports);
        Assert.True(vsock.IsPrivileged);
    }

    [Fact]
    public async Task A_taken_port_is_passed_over_at_once()
    {
        Fail("bind", EADDRINUSE, 3);
        Assert.NotNull(await ConnectAsync());
        Assert.Equal([1023u, 1022u, 1021u, 1020u], ports);
        Assert.Empty(clock.Waits);
    }

    [Fact]
    public async Task All_ports_taken_comes_to_an_end()
    {
        Fail("bind", EADDRINUSE, 2000);
        Assert.Null(await ConnectAsync());
        Assert.InRange(ports.Count, 1023, 1025);
        Assert.All(ports, port => Assert.InRange(port, 1u, 1023u));
    }

    [Fact]
    public async Task A_reset_is_answered_by_another_port_after_a_growing_pause()
    {
        Fail("connect", ECONNRESET, 8);
        Assert.NotNull(await ConnectAsync());
        Assert.Equal(Enumerable.Range(0, 9).Select(n => 1023u - (uint)n), ports);
        Assert.Equal(Enumerable.Range(1, 8).Select(n => TimeSpan.FromMilliseconds(100 * n)), clock.Waits);
    }

    [Fact]
    public async Task Nine_resets_are_the_lack_of_vsock_while_no_connection_ever_stood()
    {
        Fail("connect", ECONNRESET, 9);
        Assert.Null(await ConnectAsync());
        Assert.Contains("reset 9 connections", vsock.Unavailable, StringComparison.Ordinal);
        Assert.True(vsock.IsReset);
    }

    [Fact]
    public async Task Nine_resets_after_a_connection_that_stood_are_a_refusal()
    {
        Assert.NotNull(await ConnectAsync());
        Fail("connect", ECONNRESET, 9);
        Assert.Contains("reset 9 connections", (await Assert.ThrowsAsync<RpciException>(ConnectAsync)).Message, StringComparison.Ordinal);
        Assert.Null(vsock.Unavailable);
    }

    [Fact]
    public async Task An_interrupted_call_is_made_again_from_the_same_port()
    {
        Fail("connect", EINTR, 2);
        Assert.NotNull(await ConnectAsync());
        Assert.Equal([1023u, 1023u, 1023u], ports);
    }

    [Fact]
    public async Task Too_few_buffers_are_waited_for_and_not_for_ever()
    {
        Fail("connect", ENOBUFS, 5);
        Assert.NotNull(await ConnectAsync());
        Assert.Equal([1023u], ports.Distinct());
        Assert.All(clock.Waits, wait => Assert.Equal(TimeSpan.FromMilliseconds(1), wait));
        Fail("connect", ENOBUFS, 6);
        // By then somebody has answered, so that it is no reason for another way.
        await Assert.ThrowsAsync<RpciException>(ConnectAsync);
    }

    [Theory]
    [InlineData(EACCES)]
    [InlineData(EPERM)]
    public async Task Without_the_right_to_a_privileged_port_any_port_is_tried_and_remembered(int errno)
    {
        Fail("bind", errno);
        Assert.NotNull(await ConnectAsync());
        Assert.NotNull(await ConnectAsync());
        Assert.Equal([1023u, Vsock.AnyPort, Vsock.AnyPort], ports);
        Assert.False(vsock.IsPrivileged);
    }

    [Theory]
    [InlineData("connect", ECONNREFUSED)]
    [InlineData("connect", ETIMEDOUT)]
    [InlineData("socket", EACCES)]
    [InlineData("socket", EPERM)]
    public async Task Nobody_at_the_other_end_is_found_out_once(string call, int errno)
    {
        Fail(call, errno);
        Assert.Null(await ConnectAsync());
        Assert.StartsWith(call, vsock.Unavailable, StringComparison.Ordinal);
        Assert.Null(await ConnectAsync());
        Assert.Single(ports);
    }

    [Theory]
    [InlineData("socket", EAFNOSUPPORT)]
    [InlineData("connect", ENODEV)]
    public async Task A_missing_transport_is_loaded_once(string call, int errno)
    {
        using var tools = new Tools();
        tools.Put("modprobe", $"echo \"$@\" >> {tools.Folder}/loaded");
        Fail(call, errno);
        Assert.NotNull(await ConnectAsync());
        Assert.Equal("vmw_vsock_vmci_transport\n", tools.Read("loaded"));
        Assert.Equal([1023u, 1023u], ports);
    }

    [Fact]
    public async Task A_transport_that_cannot_be_loaded_is_no_way()
    {
        using var tools = new Tools();
        tools.Put("modprobe", $"echo \"$@\" >> {tools.Folder}/loaded; exit 1");
        Fail("socket", EAFNOSUPPORT, 2);
        Assert.Null(await ConnectAsync());
        Assert.Equal("vmw_vsock_vmci_transport\n", tools.Read("loaded"));
    }

    [Fact]
    public async Task Whoever_has_answered_once_does_not_become_nobody()
    {
        Assert.NotNull(await ConnectAsync());
        Fail("connect", ECONNREFUSED);
        await Assert.ThrowsAsync<RpciException>(ConnectAsync);
        Assert.Null(vsock.Unavailable);
    }

    [Fact]
    public async Task The_kernels_own_answer_is_understood()
    {
        // Context 2^31 is nobody's, whatever this machine is: with vsock or without, there is no connection and no exception.
        var real = new Vsock(contextId: 0x7fffffff);
        using var patient = new Node();
        using var tools = new Tools();
        tools.Put("modprobe", "exit 1");
        try
        {
            Assert.Null(await real.ConnectAsync(patient.Host, Ct));
            Assert.Matches("^(socket|bind|connect): .+", real.Unavailable);
        }
        catch (RpciException e)
        {
            // A transport may answer for a context that does not exist.
            Assert.Contains("reset", e.Message, StringComparison.Ordinal);
        }
    }

    private Task<Stream?> ConnectAsync() => vsock.ConnectAsync(node.Host, Ct);

    private void Fail(string call, int errno, int times = 1)
    {
        for (; times > 0; times--)
        {
            outcomes.Enqueue(new VsockAttempt(null, call, errno));
        }
    }
}
