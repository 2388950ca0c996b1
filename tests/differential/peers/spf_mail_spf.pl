# Mail::SPF over the zones of the judge: one case a line in, one result a line out.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Wire;
use Mail::SPF;

$| = 1;
binmode STDIN;
local $SIG{__WARN__} = sub { };
my $resolver = Wire->new;
my $server   = Mail::SPF::Server->new(
    dns_resolver   => $resolver,
    hostname       => 'mx.receiver.example',
    query_rr_types => Mail::SPF::Server->query_rr_type_txt,
);
while ( my $line = <STDIN> ) {
    chomp $line;
    my ( $ip, $helo, $sender, @rest ) = split /\t/, $line, -1;
    $resolver->{zone} = Wire::zone(@rest);
    my ( $address, $name, $path ) = map { Wire::unescaped($_) } $ip, $helo, $sender;
    my $reason = '';
    my $result = eval {
        local $SIG{ALRM} = sub { die "hang\n" };
        alarm 10;
        my $request = Mail::SPF::Request->new(
            scope         => $path eq '' ? 'helo' : 'mfrom',
            identity      => $path eq '' ? $name : $path,
            ip_address    => $address,
            helo_identity => $name,
        );
        my $verdict = $server->process($request);
        alarm 0;
        $reason = $verdict->text;
        $verdict->code;
    };
    alarm 0;
    if ( !defined $result ) {
        my $class = ref $@ ? ref $@ : $@ =~ /^hang/ ? 'hang' : 'die';
        $result = $class eq 'hang' ? 'hang' : "raise:$class";
        $result =~ s/\s.*//s;
    }
    $reason =~ s/[^ -~]/?/g;
    print "$result\t$reason\n";
}
