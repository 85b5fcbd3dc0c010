using System.Buffers.Binary;
using System.Text;
using Serilog;
using Slipway.Reporting;

namespace Slipway.Tests.Reporting;

/// <summary>Datagrams are journald's native protocol to the byte.</summary>
public sealed class JournalSinkTests
{
    private readonly List<byte[]> sent = [];
    private readonly ILogger log;

    public JournalSinkTests() => log = new LoggerConfiguration().MinimumLevel.Verbose().WriteTo.Sink(new JournalSink(sent.Add)).CreateLogger();

    [Fact]
    public void Fields_are_lines_of_name_and_value()
    {
        log.Started("1.2.3", "run");
        var text = Encoding.UTF8.GetString(Assert.Single(sent));
        Assert.StartsWith("MESSAGE=slipway 1.2.3: run\nPRIORITY=6\nSYSLOG_IDENTIFIER=slipway\n", text, StringComparison.Ordinal);
        Assert.Contains($"MESSAGE_ID={EventKind.Started.MessageId}\n", text, StringComparison.Ordinal);
        Assert.EndsWith("\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_value_with_a_line_break_is_framed_by_its_length_in_bytes()
    {
        log.Attention("zwei\nZeilen – UTF-8");
        var bytes = Assert.Single(sent);
        var value = Encoding.UTF8.GetBytes("zwei\nZeilen – UTF-8");
        Assert.Equal("MESSAGE\n"u8.ToArray(), bytes[..8]);
        Assert.Equal((ulong)value.Length, BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(8)));
        Assert.Equal([.. value, (byte)'\n'], bytes[16..(17 + value.Length)]);
        Assert.Equal("PRIORITY=4\n"u8.ToArray(), bytes[(17 + value.Length)..(28 + value.Length)]);
    }

    [Theory]
    [InlineData("SLIPWAY_STEP", true)]
    [InlineData("A1_B", true)]
    [InlineData("Text", false)]
    [InlineData("_PID", false)]
    [InlineData("1A", false)]
    [InlineData("WITH SPACE", false)]
    [InlineData("A=B", false)]
    public void Only_names_that_journald_takes_become_fields(string name, bool taken)
    {
        log.ForContext(name, "canary").Information("x");
        Assert.Equal(taken, Encoding.UTF8.GetString(Assert.Single(sent)).Contains("canary", StringComparison.Ordinal));
    }

    [Fact]
    public void The_fields_of_the_contract_are_there()
    {
        log.StepBegun("containerd", "4/11 containerd");
        log.StepDone("containerd", "4/11 containerd", TimeSpan.FromSeconds(1.2), 3);
        log.SourceChosen("guestinfo:", []);
        log.Accepted("abc", "node");
        log.RetryScheduled("reach it", 2, new Failure("http.busy", "later"), TimeSpan.FromSeconds(4));
        log.Failed(new Failure("artifact.digest-mismatch", "no"));
        var all = string.Concat(sent.Select(Encoding.UTF8.GetString));
        Assert.All(["SLIPWAY_STEP=containerd\n", "SLIPWAY_DURATION_USEC=1200000\n", "SLIPWAY_SOURCE=guestinfo:\n", "SLIPWAY_CONFIG_SHA256=abc\n",
            "SLIPWAY_ATTEMPT=2\n", "SLIPWAY_CODE=http.busy\n", "SLIPWAY_CODE=artifact.digest-mismatch\n", "done in 1.2 s"],
            part => Assert.Contains(part, all, StringComparison.Ordinal));
    }

    [Fact]
    public void Braces_in_a_message_are_not_a_template()
    {
        log.Attention("{Text} {0} {{x}}");
        Assert.StartsWith("MESSAGE={Text} {0} {{x}}\n", Encoding.UTF8.GetString(Assert.Single(sent)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_huge_message_is_cut_and_still_fits_a_datagram()
    {
        log.Attention(new string('ä', 1_000_000));
        Assert.InRange(Assert.Single(sent).Length, 64 * 1024, 200 * 1024);
    }

    [Fact]
    public void Without_a_journal_each_line_carries_its_priority()
    {
        using var text = new StringWriter();
        using var stderr = new LoggerConfiguration().WriteTo.Sink(new StandardErrorSink(text, priorities: true, colour: false)).CreateLogger();
        stderr.Attention("one\ntwo");
        Assert.Equal("<4>one\n<4>two\n", text.ToString());
    }
}
