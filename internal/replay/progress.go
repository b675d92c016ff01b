package replay

import "time"

// Progress is how far a replay is.
type Progress struct {
	Read   uint64        // records, of this process and those before
	Of     uint64        // how many there are in all
	Loaded int           // records
	Rate   float64       // records read a second, since this process began
	Left   time.Duration // that the rest takes at that rate; 0 when it is not known
}

// Progress may be asked for at any time, by any goroutine.
func (r *Replay) Progress() Progress {
	r.mu.Lock()
	defer r.mu.Unlock()
	p := Progress{Read: r.base.Read + r.read, Of: r.state.Records, Loaded: r.state.Loaded}
	if took := time.Since(r.began).Seconds(); took > 0 {
		p.Rate = float64(r.read) / took
	}
	if p.Rate > 0 && p.Of > p.Read {
		p.Left = time.Duration(float64(p.Of-p.Read) / p.Rate * float64(time.Second))
	}
	return p
}
