using System.Text;
using Slipway.Hosting;
using Slipway.Lab;
using Slipway.Sources;

namespace Slipway.Tests.Sources;

/// <summary>What a VMware hypervisor has for the node is read whole, or the reason why not is told; a failure is never taken for absence.</summary>
public sealed class GuestInfoSourceTests : IDisposable
{
    private const int ECONNRESET = 104, ECONNREFUSED = 111;
    private const string UserData = "apiVersion: slipway.dev/v1alpha1\nkind: NodeConfig\n";
    private readonly Vmx vmx = new();
    private Vsock vsock;
    private Node node;

    public GuestInfoSourceTests()
    {
        vsock = new Vsock(Attempt) { Patience = TimeSpan.FromSeconds(20) };
        node = new Node(vsock: vsock);
        BeVmware();
        vmx.Set("userdata", Convert.ToBase64String(Encoding.UTF8.GetBytes(UserData)));
        vmx.Set("userdata.encoding", "base64");
    }

    public void Dispose() => node.Dispose();

    [Fact]
    public async Task Everything_is_read_on_one_connection_from_a_privileged_port()
    {
        vmx.Set("vendordata", "from the platform");
        vmx.Set("metadata", "instance-id: i-7\nlocal-hostname: worker-9\n");
        var found = Assert.IsType<SourceResult.Found>(await ReadAsync());
        Assert.Equal(["from the platform", UserData], found.Payloads.Select(payload => Encoding.UTF8.GetString(payload.Bytes.Span)));
        Assert.Equal(["guestinfo.vendordata", "guestinfo.userdata"], found.Payloads.Select(payload => payload.Origin.File));
        Assert.Equal(("i-7", "worker-9"), (found.Instance.InstanceId, found.Instance.LocalHostname));
        Assert.Equal([1023u], vmx.Ports);
        Assert.Empty(vmx.Complaints);
    }

    [Fact]
    public async Task Without_metadata_the_machine_itself_is_the_instance()
    {
        node.Put("/sys/class/dmi/id/product_uuid", "564D5868-0000-ABCD-0000-000000000001\n");
        Assert.Equal("564d5868-0000-abcd-0000-000000000001", Assert.IsType<SourceResult.Found>(await ReadAsync()).Instance.InstanceId);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(" \n")]
    [InlineData("---")]
    [InlineData("---\n")]
    public async Task Not_set_blank_and_redacted_are_absent(string? value)
    {
        vmx.Get = key => key == "userdata" ? value : null;
        Assert.IsType<SourceResult.Absent>(await ReadAsync());
    }

    [Fact]
    public async Task Redacted_user_data_is_absent_whatever_else_is_there()
    {
        vmx.Set("userdata", "---");
        vmx.Set("vendordata", "from the platform");
        Assert.Contains("redacted", Assert.IsType<SourceResult.Absent>(await ReadAsync()).Why, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("userdata", "rot13", "config.encoding-unknown")]
    [InlineData("userdata", "gzip+base64", "")]
    [InlineData("vendordata", "base64", "config.base64-invalid")]
    [InlineData("metadata", "base64", "config.base64-invalid")]
    public async Task What_cannot_be_decoded_is_malformed(string key, string encoding, string code)
    {
        vmx.Set($"{key}.encoding", encoding);
        if (key != "userdata")
        {
            vmx.Set(key, "not base64!");
        }
        var result = await ReadAsync();
        Assert.Equal(code, (result as SourceResult.Malformed)?.Failure.Code ?? "");
        Assert.Equal(code.Length > 0, result is SourceResult.Malformed { Failure.What: var what } && what.StartsWith($"guestinfo.{key}", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Resets_a_closing_VMX_and_single_bytes_change_nothing()
    {
        vmx.Resets = 2;
        vmx.ClosesAfterReply = true;
        vmx.Dribbles = true;
        vmx.TakenPorts.Add(1019);
        Assert.IsType<SourceResult.Found>(await ReadAsync());
        Assert.Equal([1021u, 1020u, 1018u, 1017u], vmx.Ports);
        Assert.Empty(vmx.Complaints);
    }

    [Fact]
    public async Task A_connection_that_ends_between_two_requests_is_made_anew_once()
    {
        vmx.RequestsPerConnection = 1;
        Assert.IsType<SourceResult.Found>(await ReadAsync());
        vmx.RequestsPerConnection = 0;
        Unreachable(await ReadAsync(), "closed the connection instead of answering");
    }

    [Fact]
    public async Task A_value_of_a_megabyte_arrives_whole()
    {
        var large = UserData + "#" + new string('x', 1 << 20);
        vmx.Set("userdata.encoding", " ");
        vmx.Set("userdata", large);
        Assert.Equal(large.Length, Assert.IsType<SourceResult.Found>(await ReadAsync()).Payloads[0].Bytes.Length);
    }

    [Fact]
    public async Task Where_every_connection_is_reset_the_tools_are_asked_and_the_setting_is_named()
    {
        using var tools = new Tools();
        tools.Put("vmtoolsd", $$"""case $2 in *userdata) echo '{{UserData}}';; *) echo 'No value found' >&2; exit 1;; esac""");
        Renew(new Vsock(Attempt), new ManualClock());
        vmx.Resets = 9;
        Assert.IsType<SourceResult.Found>(await ReadAsync());
        Assert.Single(node.Warnings, line => line.Contains("reset 9 connections", StringComparison.Ordinal)
            && line.Contains("guest_rpc.rpci.usevsocket", StringComparison.Ordinal));
        // It is found out once, and not anew for every key.
        Assert.Empty(vmx.Ports);
    }

    [Fact]
    public async Task Where_every_connection_is_reset_the_tools_get_past_no_authentication()
    {
        using var tools = new Tools();
        tools.Put("vmtoolsd", "echo 'Permission denied' >&2; exit 1");
        Renew(new Vsock(Attempt), new ManualClock());
        vmx.Resets = 9;
        Assert.Contains("guest_rpc.rpci.usevsocket", Unreachable(await ReadAsync(), "permission denied by the hypervisor").Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nine_resets_after_a_connection_that_stood_are_unreachable_and_nobody_else_is_asked()
    {
        using var tools = Witness();
        var connections = 0;
        Renew(new Vsock(port => connections++ == 0 ? Attempt(port) : new VsockAttempt(null, "connect", ECONNRESET)));
        vmx.ClosesAfterReply = true;
        Unreachable(await ReadAsync(), "reset 9 connections");
        Assert.Throws<FileNotFoundException>(() => tools.Read("asked"));
    }

    [Fact]
    public async Task A_denial_names_the_setting_and_nobody_else_is_asked()
    {
        using var tools = Witness();
        vmx.Say = _ => "0 Permission denied";
        Unreachable(await ReadAsync(), "guest_rpc.rpci.auth.cmd.info-get is TRUE");
        Assert.Throws<FileNotFoundException>(() => tools.Read("asked"));
    }

    [Fact]
    public async Task A_denial_for_want_of_a_privileged_port_says_so()
    {
        (vmx.Authenticates, vmx.RefusesPrivilegedPorts) = (true, true);
        var failure = Unreachable(await ReadAsync(), "the kernel gave us no privileged port");
        Assert.Contains("CAP_NET_BIND_SERVICE", failure.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_authentication_any_port_will_do()
    {
        vmx.RefusesPrivilegedPorts = true;
        Assert.IsType<SourceResult.Found>(await ReadAsync());
        Assert.Equal([Vsock.AnyPort], vmx.Ports);
    }

    [Theory]
    [InlineData("2 x", "neither a value nor an error")]
    [InlineData("1", "neither a value nor an error")]
    [InlineData("1hello", "neither a value nor an error")]
    [InlineData("0 Unknown command", "the hypervisor says: Unknown command")]
    public async Task A_reply_that_is_none_is_unreachable(string reply, string what)
    {
        vmx.Say = _ => reply;
        Unreachable(await ReadAsync(), what);
    }

    [Theory]
    [InlineData("00000000", "a packet of 0 bytes")]
    [InlineData("80000000", "a packet of 2147483648 bytes")]
    [InlineData("ffffffff", "a packet of 4294967295 bytes")]
    [InlineData("00200001", "a packet of 2097153 bytes")]
    [InlineData("00000004 00000001", "broken packet: it ends inside a field")]
    public async Task A_length_that_cannot_be_is_unreachable(string hex, string what)
    {
        vmx.Mangle = _ => Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));
        Unreachable(await ReadAsync(), what);
    }

    [Fact]
    public async Task A_field_that_comes_twice_is_unreachable_and_an_unknown_one_is_passed_over()
    {
        vmx.Mangle = packet => Vmx.Packet(packet[4..], Vmx.Field(2, 99, Vmx.Text("news")));
        Assert.IsType<SourceResult.Found>(await ReadAsync());
        vmx.Mangle = packet => Vmx.Packet(packet[4..], packet[4..]);
        Unreachable(await ReadAsync(), "field 1 is there twice");
        vmx.Mangle = _ => Vmx.Packet(Vmx.Field(2, 1, Vmx.Text("1")), Vmx.Field(2, 2, Vmx.Text("1 x")));
        Unreachable(await ReadAsync(), "not a data packet");
    }

    [Fact]
    public async Task An_end_inside_a_packet_is_unreachable()
    {
        vmx.ClosesAfterReply = true;
        vmx.Mangle = packet => packet[..^1];
        Unreachable(await ReadAsync(), "ended inside a packet");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(20)]
    public async Task Silence_is_unreachable_in_its_time(int after)
    {
        Renew(new Vsock(Attempt) { Patience = TimeSpan.FromMilliseconds(300) });
        vmx.StallsAfter = after;
        Unreachable(await ReadAsync(), "did not answer within 0.3 s");
    }

    [Fact]
    public async Task A_failure_of_a_later_read_is_not_the_absence_of_what_it_read()
    {
        vmx.Set("userdata", UserData);
        var count = 0;
        // Without the name of the encoding the data would be taken for something it is not.
        vmx.Say = reply => ++count == 2 ? "0 Busy" : reply;
        Unreachable(await ReadAsync(), "userdata.encoding: the hypervisor says: Busy");
    }

    [Fact]
    public async Task Where_vsock_has_nobody_the_tools_are_asked_and_it_is_said_once()
    {
        using var tools = new Tools();
        tools.Put("vmtoolsd", $$"""[ "$1" = --cmd ] && [ $# = 2 ] || exit 64; case $2 in *userdata) echo '{{UserData}}';; *) echo 'No value found' >&2; exit 1;; esac""");
        Renew(new Vsock(_ => new VsockAttempt(null, "connect", ECONNREFUSED)));
        Assert.IsType<SourceResult.Found>(await ReadAsync());
        Assert.IsType<SourceResult.Found>(await ReadAsync());
        Assert.Single(node.Lines, line => line.Contains("no answer over vsock (connect: Connection refused): asking vmtoolsd", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Without_vmtoolsd_the_other_tool_is_asked_and_without_any_a_VMware_guest_is_unreachable()
    {
        Renew(new Vsock(_ => new VsockAttempt(null, "connect", ECONNREFUSED)));
        using (var tools = new Tools())
        {
            tools.Put("vmware-rpctool", $$"""[ $# = 1 ] || exit 64; case $1 in *userdata) echo '{{UserData}}';; *) echo 'No value found' >&2; exit 1;; esac""");
            Assert.IsType<SourceResult.Found>(await ReadAsync());
        }
        Assert.SkipWhen(File.Exists("/usr/bin/vmtoolsd") || File.Exists("/usr/bin/vmware-rpctool"), "this machine has VMware's tools");
        Unreachable(await ReadAsync(), "no answer over vsock (connect: Connection refused), and neither vmtoolsd nor vmware-rpctool is installed");
    }

    [Fact]
    public async Task A_hypervisor_that_comes_late_is_found_by_the_next_look_where_there_are_no_tools()
    {
        Assert.SkipWhen(File.Exists("/usr/bin/vmtoolsd") || File.Exists("/usr/bin/vmware-rpctool"), "this machine has VMware's tools");
        var isLate = true;
        Renew(new Vsock(port => isLate ? new VsockAttempt(null, "connect", ECONNREFUSED) : Attempt(port)));
        Unreachable(await ReadAsync(), "no answer over vsock");
        isLate = false;
        Assert.IsType<SourceResult.Found>(await ReadAsync());
    }

    [Theory]
    [InlineData("exit 1")]
    [InlineData("echo 'Permission denied' >&2; exit 1")]
    public async Task A_hypervisor_that_comes_late_is_found_by_the_next_look_where_the_tools_fail(string tool)
    {
        using var tools = new Tools();
        tools.Put("vmtoolsd", tool);
        tools.Put("vmware-rpctool", tool);
        var isLate = true;
        Renew(new Vsock(port => isLate ? new VsockAttempt(null, "connect", ECONNREFUSED) : Attempt(port)));
        Unreachable(await ReadAsync(), "vmware-rpctool info-get guestinfo.userdata");
        isLate = false;
        Assert.IsType<SourceResult.Found>(await ReadAsync());
    }

    [Fact]
    public async Task A_denial_that_passes_is_waited_for()
    {
        using var tools = new Tools();
        tools.Put("vmtoolsd", $$"""if [ ! -e {{tools.Folder}}/was ]; then touch {{tools.Folder}}/was; echo 'Permission denied' >&2; exit 1; fi; case $2 in *userdata) echo '{{UserData}}';; *) echo 'No value found' >&2; exit 1;; esac""");
        Renew(new Vsock(_ => new VsockAttempt(null, "connect", ECONNREFUSED)));
        Assert.IsType<SourceResult.Found>(await ReadAsync());
    }

    [Fact]
    public async Task A_machine_that_is_no_VMware_guest_has_no_vsock_to_ask_and_nothing_there()
    {
        node.Put("/sys/class/dmi/id/product_name", "Standard PC (Q35 + ICH9, 2009)\n");
        Assert.IsType<SourceResult.Absent>(await ReadAsync());
        Assert.Empty(vmx.Ports);
    }

    [Fact]
    public async Task Below_another_root_there_is_nobody_to_ask()
    {
        using var image = new Node();
        Assert.Contains("another root", Assert.IsType<SourceResult.Absent>(await new GuestInfoSource().ReadAsync(image.Host, Ct)).Why, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Redaction_takes_the_data_and_its_encoding_away_and_can_be_done_again()
    {
        vmx.Set("vendordata", "x");
        Assert.Null(await RedactAsync());
        Assert.Equal(("---", " ", "---", null), (vmx.Get("userdata"), vmx.Get("userdata.encoding"), vmx.Get("vendordata"), vmx.Get("vendordata.encoding")));
        Assert.Equal(3, vmx.Requests.Count(request => request.StartsWith("info-set", StringComparison.Ordinal)));
        Assert.Null(await RedactAsync());
        Assert.Equal(3, vmx.Requests.Count(request => request.StartsWith("info-set", StringComparison.Ordinal)));
        Assert.IsType<SourceResult.Absent>(await ReadAsync());
        Assert.Empty(vmx.Complaints);
    }

    [Fact]
    public async Task Redaction_that_was_cut_short_is_finished()
    {
        vmx.Set("userdata", "---");
        Assert.Null(await RedactAsync());
        Assert.Equal(" ", vmx.Get("userdata.encoding"));
    }

    [Fact]
    public async Task Redaction_that_is_denied_says_so()
    {
        vmx.Say = reply => reply == "1 " ? "0 Permission denied" : reply;
        Assert.Contains("guest_rpc.rpci.auth.cmd.info-set", await RedactAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_put_there_since_is_not_taken_away()
    {
        var saved = await FingerprintAsync();
        vmx.Set("userdata", "another");
        vmx.Set("userdata.encoding", "");
        Assert.NotNull(await GuestInfoSource.RedactAsync(node.Host, saved, Ct));
        Assert.Equal("another", vmx.Get("userdata"));
    }

    private async Task<string?> RedactAsync() => await GuestInfoSource.RedactAsync(node.Host, await FingerprintAsync(), Ct);

    private async Task<string> FingerprintAsync() => (await ReadAsync() as SourceResult.Found)?.Fingerprint ?? "";

    private VsockAttempt Attempt(uint port) => vmx.Connect(port, out var errno) is { } stream
        ? new VsockAttempt(stream, "", 0)
        : new VsockAttempt(null, errno == 104 ? "connect" : "bind", errno);

    private Task<SourceResult> ReadAsync() => new GuestInfoSource().ReadAsync(node.Host, Ct);

    private static Slipway.Reporting.Failure Unreachable(SourceResult result, string what)
    {
        var failure = Assert.IsType<SourceResult.Unreachable>(result).Failure;
        Assert.Equal("guestinfo.unreachable", failure.Code);
        Assert.Contains(what, failure.What, StringComparison.Ordinal);
        return failure;
    }

    private static Tools Witness()
    {
        var tools = new Tools();
        foreach (var name in (string[])["vmtoolsd", "vmware-rpctool"])
        {
            tools.Put(name, $"touch {tools.Folder}/asked");
        }
        return tools;
    }

    private void Renew(Vsock other, TimeProvider? clock = null)
    {
        node.Dispose();
        vsock = other;
        node = new Node(clock, vsock);
        BeVmware();
    }

    private void BeVmware() => node.Put("/sys/class/dmi/id/product_name", "VMware7,1\n");
}
