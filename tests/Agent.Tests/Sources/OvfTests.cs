using System.Diagnostics;
using System.Text;
using Slipway.Hosting;
using Slipway.Lab;
using Slipway.Reporting;
using Slipway.Sources;

namespace Slipway.Tests.Sources;

/// <summary>An OVF environment gives its properties, whatever its prefixes are called; hostile XML costs nothing and gives nothing.</summary>
public sealed class OvfTests
{
    private const string Uri = "http://schemas.dmtf.org/ovf/environment/1";
    private const string UserData = "#cloud-config\nhostname: worker-7\n";

    // As vCenter writes it.
    private static readonly string Environment = $"""
        <?xml version="1.0" encoding="UTF-8"?>
        <Environment
             xmlns="{Uri}"
             xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
             xmlns:oe="{Uri}"
             xmlns:ve="http://www.vmware.com/schema/ovfenv"
             oe:id=""
             ve:vCenterId="vm-12345">
           <PlatformSection>
              <Kind>VMware ESXi</Kind>
              <Version>8.0.2</Version>
           </PlatformSection>
           <PropertySection>
                 <Property oe:key="hostname" oe:value="worker-7"/>
                 <Property oe:key="instance-id" oe:value="i-7"></Property>
                 <Property oe:key="public-keys" oe:value=""/>
                 <Property oe:key="user-data" oe:value="{Convert.ToBase64String(Encoding.UTF8.GetBytes(UserData))}"/>
           </PropertySection>
           <ve:EthernetAdapterSection>
              <ve:Adapter ve:mac="00:50:56:00:00:01" ve:network="VM Network" ve:unitNumber="7"/>
           </ve:EthernetAdapterSection>
        </Environment>

        """;

    [Fact]
    public void What_vCenter_writes_is_read()
    {
        var properties = Properties(Environment);
        Assert.Equal(("worker-7", "i-7", ""), (properties["hostname"], properties["instance-id"], properties["public-keys"]));
        Assert.Equal(4, properties.Count);
    }

    [Theory]
    [InlineData("\0\0\0")]
    [InlineData("<junk")]
    [InlineData("]]> &nope; </Environment>")]
    public void What_follows_the_end_is_not_looked_at(string junk) => Assert.Equal(4, Properties(Environment + junk).Count);

    [Theory]
    [InlineData("""<e:Environment xmlns:e="U"><e:PropertySection><e:Property e:key="k" e:value="v"/></e:PropertySection></e:Environment>""", "v")]
    [InlineData("""<Environment xmlns="U" xmlns:a='U'><PropertySection><Property a:value='v' a:key='k' other="x"/></PropertySection></Environment>""", "v")]
    [InlineData("""<Environment xmlns="U"><PropertySection><b:Property xmlns:b="U" b:key="k" b:value="v"/></PropertySection></Environment>""", "v")]
    [InlineData("""<Environment xmlns="U" xmlns:a="U"><PropertySection><Property a:key="k" a:value="&amp;&lt;&gt;&quot;&apos;&#10;&#x41;&#x1F600;"/></PropertySection></Environment>""", "&<>\"'\nA😀")]
    [InlineData("<Environment xmlns=\"U\" xmlns:a=\"U\"><PropertySection><Property a:key=\"k\" a:value=\"a\nb\tc\r\nd\"/></PropertySection></Environment>", "a b c d")]
    [InlineData("""<!-- <Environment> --><Environment xmlns="U" xmlns:a="U"><![CDATA[<PropertySection>]]><PropertySection><!-- > --><Property a:key="k" a:value="v"/></PropertySection><PropertySection><Property a:key="k" a:value="second"/></PropertySection></Environment>""", "v")]
    [InlineData("""<Environment xmlns="U" xmlns:a="U"><Entity><PropertySection><Property a:key="k" a:value="another's"/></PropertySection></Entity><PropertySection><Property a:key="k" a:value="v"/></PropertySection></Environment>""", "v")]
    [InlineData("""<Environment xmlns="U" xmlns:a="U"><PropertySection><Property xmlns="other" a:key="k" a:value="x"/></PropertySection></Environment>""", null)]
    [InlineData("""<Environment xmlns="U" xmlns:a="other"><PropertySection/><Property a:key="k" a:value="x"/></Environment>""", null)]
    [InlineData("""<Environment xmlns="U"/>""", null)]
    public void Names_go_by_their_namespace_and_place(string xml, string? value) =>
        Assert.Equal(value, Properties(xml.Replace("\"U\"", $"\"{Uri}\"", StringComparison.Ordinal).Replace("'U'", $"'{Uri}'", StringComparison.Ordinal)).GetValueOrDefault("k"));

    [Theory]
    [InlineData("", "text where <Environment> is expected")]
    [InlineData("no XML", "text where <Environment> is expected")]
    [InlineData("<!DOCTYPE x [<!ENTITY a 'b'>]><Environment/>", "a declaration (such as DOCTYPE), which is refused")]
    [InlineData("<Environment/>", "<Environment> of namespace \"\"")]
    [InlineData("<e:Environment/>", "prefix e: is declared nowhere")]
    [InlineData("<Other xmlns='U'/>", "<Other> of namespace")]
    [InlineData("\n\n<Environment xmlns='U'>", "line 3: an end before that of <Environment>")]
    [InlineData("<Environment xmlns='U'></Other>", "</Other> where </Environment> is expected")]
    [InlineData("<Environment xmlns='U'><a></Environment>", "</Environment> where </a> is expected")]
    [InlineData("</Environment>", "</Environment> ends nothing")]
    [InlineData("<Environment xmlns='U", "an end inside an attribute's value")]
    [InlineData("<Environment xmlns='U' a=<b", "without quotes")]
    [InlineData("<Environment xmlns='U' a>", "attribute a without a value")]
    [InlineData("<Environment xmlns='U' a='1' a='2'/>", "attribute a twice")]
    [InlineData("<Environment xmlns='U'a='1'/>", "a tag that goes on")]
    [InlineData("<Environment xmlns='U' a='<'/>", "< inside an attribute's value")]
    [InlineData("<Environment xmlns='U' a='&unknown;'/>", "a reference that is none of")]
    [InlineData("<Environment xmlns='U' a='&#0;'/>", "a reference that is none of")]
    [InlineData("<Environment xmlns='U' a='&#xD800;'/>", "a reference that is none of")]
    [InlineData("<Environment xmlns='U' a='&#x110000;'/>", "a reference that is none of")]
    [InlineData("<Environment xmlns='U' a='&amp'/>", "a reference that is none of")]
    [InlineData("<Environment xmlns='U'><PropertySection><Property key='k' value='v'/>", "a Property without a key")]
    [InlineData("<Environment xmlns='U'><!-- ", "an end before -->")]
    [InlineData("<?xml ", "an end before ?>")]
    [InlineData("<", "a name is missing")]
    public void Broken_documents_say_where_and_what(string xml, string what)
    {
        var failure = Assert.Throws<FailureException>(() => Properties(xml.Replace("'U", $"'{Uri}", StringComparison.Ordinal))).Failure;
        Assert.Equal("config.ovf-invalid", failure.Code);
        Assert.Contains(what, failure.What, StringComparison.Ordinal);
    }

    [Fact]
    public void Depth_width_and_size_have_their_limits_and_cost_little()
    {
        var clock = Stopwatch.StartNew();
        var root = $"<Environment xmlns='{Uri}' ";
        Assert.Contains("more than 64 deep", Fails(root + ">" + string.Concat(Enumerable.Repeat("<a>", 300_000))).What, StringComparison.Ordinal);
        Assert.Contains("more than 64 attributes", Fails(root + string.Concat(Enumerable.Range(0, 100_000).Select(n => $"a{n}='' "))).What, StringComparison.Ordinal);
        Assert.Contains("more than 64 attributes", Fails(root + string.Concat(Enumerable.Range(0, 60_000).Select(n => $"xmlns:a{n}='' "))).What, StringComparison.Ordinal);
        Assert.Equal("config.too-large", Fails(new string(' ', (1 << 20) + 1)).Code);
        Assert.Empty(Properties(root + ">" + string.Concat(Enumerable.Repeat("<a b=''/>", 110_000)) + "</Environment>"));
        Assert.Empty(Properties(string.Concat(Enumerable.Repeat("<!---->", 140_000)) + root + "/>"));
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(5), $"took {clock.Elapsed}");
    }

    [Fact]
    public void Bytes_that_are_no_UTF_8_are_refused() =>
        Assert.Equal("config.utf8-invalid", Assert.Throws<FailureException>(() => OvfEnvironment.Read(Encoding.Unicode.GetBytes("\uFEFF" + Environment))).Failure.Code);

    [Fact]
    public void No_change_of_a_document_does_more_than_fail()
    {
        var random = new Random(1);
        var alphabet = "<>/='\"&;:!-?[] aé\0\n#x";
        for (var i = 0; i < 50_000; i++)
        {
            var text = new StringBuilder(Environment);
            for (var changes = random.Next(1, 5); changes > 0; changes--)
            {
                text[random.Next(text.Length)] = alphabet[random.Next(alphabet.Length)];
            }
            if (random.Next(4) == 0)
            {
                text.Length = random.Next(text.Length);
            }
            try
            {
                Properties(text.ToString());
            }
            catch (FailureException e)
            {
                Assert.Equal("config.ovf-invalid", e.Failure.Code);
            }
        }
    }

    [Theory]
    [InlineData("#cloud-config&#10;hostname: worker-7&#10;", UserData)]
    [InlineData("I2Nsb3VkLWNvbmZpZwpob3N0bmFtZTogd29ya2VyLTcK", UserData)]
    [InlineData("I2Nsb3VkLWNvbmZpZwpob3N0 bmFtZTogd29ya2VyLTcK", UserData)]
    public async Task User_data_is_base64_or_the_text_itself(string value, string expected)
    {
        using var machine = new VmwareGuest();
        machine.Vmx.Set("ovfEnv", Document(value));
        var found = Assert.IsType<SourceResult.Found>(await machine.ReadAsync());
        Assert.Equal(expected, Encoding.UTF8.GetString(found.Payloads[0].Bytes.Span));
        Assert.Equal(("i-7", "worker-7"), (found.Instance.InstanceId, found.Instance.LocalHostname));
        Assert.Equal(["info-get guestinfo.ovfEnv"], machine.Vmx.Requests);
    }

    [Theory]
    [InlineData("I2Nsb3VkLWNvbmZpZwpob3N0bmFtZTogd29ya2VyLTc", false)]
    [InlineData("I2Nsb3VkLWNvbmZpZwpob3N0bmFtZTogd29ya2VyLTcK=", true)]
    [InlineData("H4sIAAAAAAAAA0tMSgYAwkEkNQ==", true)]
    public async Task Base64_that_is_damaged_is_malformed_and_not_a_text(string value, bool isMalformed)
    {
        using var machine = new VmwareGuest();
        machine.Vmx.Set("ovfEnv", Document(value));
        Assert.Equal(isMalformed, await machine.ReadAsync() is SourceResult.Malformed { Failure.Code: "config.base64-invalid" or "config.gzip-invalid" });
    }

    [Fact]
    public async Task Without_user_data_or_document_it_is_absent_and_with_a_broken_one_malformed()
    {
        using var machine = new VmwareGuest();
        Assert.IsType<SourceResult.Absent>(await machine.ReadAsync());
        machine.Vmx.Set("ovfEnv", Document(""));
        Assert.IsType<SourceResult.Absent>(await machine.ReadAsync());
        machine.Vmx.Set("ovfEnv", "<?xml?><Environment");
        var broken = Assert.IsType<SourceResult.Malformed>(await machine.ReadAsync()).Failure;
        Assert.StartsWith("guestinfo.ovfEnv: line 1: ", broken.What, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_hypervisor_that_does_not_let_us_read_it_is_unreachable()
    {
        using var machine = new VmwareGuest();
        machine.Vmx.Say = _ => "0 Permission denied";
        Assert.IsType<SourceResult.Unreachable>(await machine.ReadAsync());
    }

    [Theory]
    [InlineData("ovf-env.xml")]
    [InlineData("OVF-ENV.XML")]
    [InlineData("ovf_env.xml")]
    public void It_is_found_on_a_CD(string name)
    {
        using var folder = new Node();
        folder.Put($"/disc/{name}", Environment);
        using var disc = LoopDisk.Attach(LoopDisk.Image(folder["/disc.iso"], "iso9660", "OVF ENV", folder["/disc"]));
        var found = Assert.IsType<SourceResult.Found>(ReadDisc(folder, disc));
        Assert.Equal(UserData, Encoding.UTF8.GetString(found.Payloads[0].Bytes.Span));
    }

    [Fact]
    public void A_CD_of_something_else_is_no_OVF_environment()
    {
        using var folder = new Node();
        folder.Put("/disc/README", "music");
        using var disc = LoopDisk.Attach(LoopDisk.Image(folder["/disc.iso"], "iso9660", "OTHER", folder["/disc"]));
        Assert.IsType<SourceResult.Absent>(ReadDisc(folder, disc));
    }

    [Fact]
    public void A_disc_that_cannot_be_read_is_somebody_else_s()
    {
        using var folder = new Node();
        using (var blank = File.Create(folder["/blank.img"]))
        {
            blank.SetLength(1 << 20);
        }
        using var disc = LoopDisk.Attach(folder["/blank.img"]);
        Assert.IsType<SourceResult.Absent>(new OvfSource().ReadDiscs(Host.Open("/", folder.Host.Log), [disc.Device, "/dev/slipway-no-such-disc"]));
    }

    private static SourceResult ReadDisc(Node node, LoopDisk disc)
    {
        var result = new OvfSource().ReadDiscs(Host.Open("/", node.Host.Log), [disc.Device]);
        Assert.SkipWhen(result is SourceResult.Absent { Why: var why } && why.Contains("No such device", StringComparison.Ordinal), "this kernel knows no iso9660");
        return result;
    }

    private static Failure Fails(string xml) => Assert.Throws<FailureException>(() => Properties(xml)).Failure;

    private static IReadOnlyDictionary<string, string> Properties(string xml) => OvfEnvironment.Read(Encoding.UTF8.GetBytes(xml));

    private static string Document(string userData) => $"""
        <?xml version="1.0"?><Environment xmlns="{Uri}" xmlns:oe="{Uri}"><PropertySection><Property oe:key="user-data" oe:value="{userData}"/>
        <Property oe:key="instance-id" oe:value="i-7"/><Property oe:key="hostname" oe:value="worker-7"/></PropertySection></Environment>
        """;

    private sealed class VmwareGuest : IDisposable
    {
        private readonly Node node;

        public VmwareGuest()
        {
            node = new Node(vsock: new Vsock(port => new VsockAttempt(Vmx.Connect(port, out var errno), "connect", errno)));
            node.Put("/sys/class/dmi/id/product_name", "VMware7,1\n");
        }

        public Vmx Vmx { get; } = new();

        public Task<SourceResult> ReadAsync() => new OvfSource().ReadAsync(node.Host, Ct);

        public void Dispose() => node.Dispose();
    }
}
