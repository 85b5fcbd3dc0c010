using System.Globalization;

namespace Slipway.Benchmarks;

/// <summary>The same job in the same virtual machine, by the agent and by a plain shell script: unit start to joined and verified.</summary>
internal static class BootRace
{
    private const string Script = "/usr/local/sbin/baseline";

    /// <summary>Boots a fresh disk for each, in turn.</summary>
    public static async Task<IReadOnlyList<Figure>> MeasureAsync(string binary, int pairs)
    {
        if (World.IsReal)
        {
            return [];
        }
        var repository = Repository();
        var (agent, script) = (new List<double>(), new List<double>());
        for (var pair = 0; pair < pairs; pair++)
        {
            agent.Add(await BootAsync("slipway", _ => GuestFile.ForAgent(binary, Path.Join(repository, "packaging"))));
            script.Add(await BootAsync("baseline", world =>
            [
                new GuestFile.Copy(Script, Path.Join(repository, "tests/lab/baseline.sh"), GuestFile.Program),
                new GuestFile.Text("/etc/systemd/system/baseline.service", Unit(world), GuestFile.PublicFile),
                new GuestFile.Link("/etc/systemd/system/multi-user.target.wants/baseline.service", "/etc/systemd/system/baseline.service"),
            ]));
            Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"pair {pair + 1}: agent {agent[^1]:0.0} s, script {script[^1]:0.0} s"));
        }
        return
        [
            new("unit start to joined, agent", "s", Figure.Median(agent)),
            new("unit start to joined, tests/lab/baseline.sh", "s", Figure.Median(script)),
            new("unit start to joined, agent against script", "ratio", Figure.Median(agent.Zip(script, (a, b) => a / b)), 1.0,
                string.Create(CultureInfo.InvariantCulture, $"median of {pairs} pairs")),
        ];
    }

    private static async Task<double> BootAsync(string unit, Func<World, IReadOnlyList<GuestFile>> files)
    {
        await using var world = await World.StartAsync();
        await using var vm = await Vm.CreateAsync(new VmOptions
        {
            Files = files(world),
            UserData = UserData.CloudConfig(UserData.NodeConfig(world), world.Lock),
        });
        await vm.StartAsync();
        await vm.WaitForShellAsync(TimeSpan.FromMinutes(3));
        await vm.WaitForUnitAsync(unit, TimeSpan.FromMinutes(5));
        if (await vm.UnitAsync(unit, "ExecMainStatus") != "0")
        {
            throw new InvalidOperationException($"{unit} failed:\n{await vm.JournalAsync(unit)}");
        }
        var started = double.Parse(await vm.UnitAsync(unit, "ExecMainStartTimestampMonotonic"), CultureInfo.InvariantCulture);
        var ended = double.Parse(await vm.UnitAsync(unit, "ExecMainExitTimestampMonotonic"), CultureInfo.InvariantCulture);
        return (ended - started) / 1e6;
    }

    /// <summary>The script as a service, ordered as the agent's is.</summary>
    private static string Unit(World world) => $"""
        [Unit]
        After=cloud-config.target cloud-init.service cloud-init-network.service network-online.target
        Wants=network-online.target
        Before=cloud-final.service

        [Service]
        Type=exec
        RemainAfterExit=yes
        Environment=PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root
        ExecStart={Script} {world.MirrorUrl} {UserData.LockPath} {world.Endpoint} {world.Token} {world.CaHash} worker-1

        [Install]
        WantedBy=multi-user.target

        """;

    private static string Repository()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Join(folder, "Agent.sln")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("not below the repository");
        }
        return folder;
    }
}
